//! Which task runs next where `for`s limit how many run at once.

use super::position::{Open, Place, Position, Task};
use crate::Definition;
use slab::Slab;
use smallvec::SmallVec;
use std::collections::VecDeque;

/// The waiting tasks of a superstep, each in the lane of the innermost `for` with a limit that it is in.
///
/// A lane that has a task to give and a slot to give it stands in the lane around it, as tasks do. So taking a task and
/// giving its slots back cost what the `for`s around it are, however many others wait.
pub(crate) struct Lanes<'a, G: Definition> {
    regions: &'a Slab<Open<G>>,
    /// By the region's key; the last one is outside of every `for`. That one alone if nothing is limited.
    lanes: Vec<Lane>,
}

struct Lane {
    limit: Option<u32>,
    running: u32,
    waiting: VecDeque<Waiting>,
    /// It stands in the lane around it.
    offered: bool,
}

#[derive(Clone, Copy)]
enum Waiting {
    /// By its place among the tasks.
    Task(usize),
    Lane(usize),
}

impl Lane {
    fn new(limit: Option<u32>) -> Lane {
        Lane { limit, running: 0, waiting: VecDeque::new(), offered: false }
    }

    fn ready(&self) -> bool {
        !self.waiting.is_empty() && self.limit.is_none_or(|limit| self.running < limit)
    }
}

impl<'a, G: Definition> Lanes<'a, G> {
    /// Lines up the tasks that have not run.
    pub(crate) fn new(regions: &'a Slab<Open<G>>, tasks: &[Task<G>]) -> Self {
        let mut lanes = Vec::new();
        if regions.iter().any(|(_, open)| Position::concurrency(open).is_some()) {
            let limit = |key| regions.get(key).and_then(Position::concurrency);
            lanes.extend((0..regions.capacity()).map(|key| Lane::new(limit(key))));
        }
        lanes.push(Lane::new(None));
        let mut lined = Lanes { regions, lanes };
        for (index, task) in tasks.iter().enumerate().filter(|(_, task)| task.done.get().is_none()) {
            let (lane, around) = lined.innermost(task.place);
            if let Some(lane) = lined.lanes.get_mut(lane) {
                lane.waiting.push_back(Waiting::Task(index));
            }
            lined.offer(lane, around, VecDeque::push_back);
        }
        lined
    }

    /// Takes the next task, and a slot in every `for` that it is in.
    pub(crate) fn take(&mut self) -> Option<usize> {
        let mut way: SmallVec<[usize; 4]> = SmallVec::new();
        let mut key = self.lanes.len().checked_sub(1)?;
        let task = loop {
            let waiting = *self.lanes.get(key)?.waiting.front()?;
            way.push(key);
            match waiting {
                Waiting::Task(task) => break task,
                Waiting::Lane(lane) => key = lane,
            }
        };
        // From the task outwards: what it stood in front of leaves the lane around it, unless it can give another one.
        let mut stays = false;
        for key in way.into_iter().rev() {
            let lane = self.lanes.get_mut(key)?;
            if !stays {
                lane.waiting.pop_front();
            }
            lane.running += 1;
            stays = lane.ready();
            lane.offered = stays;
        }
        Some(task)
    }

    /// Gives back the slots of a task that has run.
    pub(crate) fn give_back(&mut self, place: Option<Place>) {
        let (lane, around) = self.innermost(place);
        let (mut key, mut place) = (lane, around);
        loop {
            if let Some(lane) = self.lanes.get_mut(key) {
                lane.running = lane.running.saturating_sub(1);
            }
            if key + 1 >= self.lanes.len() {
                break;
            }
            (key, place) = self.innermost(place);
        }
        self.offer(lane, around, VecDeque::push_front);
    }

    /// Puts a lane that is ready into the one around it, and that one likewise.
    fn offer(&mut self, mut key: usize, mut place: Option<Place>, put: impl Fn(&mut VecDeque<Waiting>, Waiting)) {
        while key + 1 < self.lanes.len() {
            let (outer, around) = self.innermost(place);
            let Some(lane) = self.lanes.get_mut(key) else { return };
            if lane.ready() && !lane.offered {
                lane.offered = true;
                if let Some(outer) = self.lanes.get_mut(outer) {
                    put(&mut outer.waiting, Waiting::Lane(key));
                }
            }
            (key, place) = (outer, around);
        }
    }

    /// The lane of the innermost `for` with a limit around a place, and where that `for` stands.
    fn innermost(&self, mut place: Option<Place>) -> (usize, Option<Place>) {
        let last = self.lanes.len().saturating_sub(1);
        while let Some(open) = place.filter(|_| last > 0).and_then(|place| self.regions.get(place.region)) {
            if Position::concurrency(open).is_some() {
                return (place.map_or(last, |place| place.region), open.outer);
            }
            place = open.outer;
        }
        (last, None)
    }
}
