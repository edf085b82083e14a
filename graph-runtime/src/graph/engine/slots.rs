//! How many tasks of each `for` run at once, where that is limited.

use super::position::{Open, Place, Position, Task};
use crate::Definition;
use slab::Slab;
use std::collections::VecDeque;

/// A task with its place among those of the step.
pub(super) type Numbered<'t, G> = (usize, &'t Task<G>);

/// The slots of the open regions, and the tasks that wait for one.
///
/// A task waits only for a region that is full, and so one in which tasks run: when nothing runs, nothing waits.
pub(super) struct Slots<'a, 't, G: Definition> {
    regions: &'a Slab<Open<G>>,
    /// By the region's key; empty if nothing is limited.
    rooms: Vec<Room<'t, G>>,
}

/// What of one region runs, and what waits for it.
struct Room<'t, G: Definition> {
    running: u32,
    waiting: VecDeque<Numbered<'t, G>>,
}

impl<'a, 't, G: Definition> Slots<'a, 't, G> {
    pub(super) fn new(regions: &'a Slab<Open<G>>) -> Self {
        let limited = regions.iter().any(|(_, open)| Position::concurrency(open).is_some());
        let rooms = if limited { regions.capacity() } else { 0 };
        let room = || Room { running: 0, waiting: VecDeque::new() };
        Slots { regions, rooms: std::iter::repeat_with(room).take(rooms).collect() }
    }

    /// Whether any `for` is limited.
    pub(super) fn bound(&self) -> bool {
        !self.rooms.is_empty()
    }

    /// The task, with a slot in every `for` around it; `None` if one is full, and then the task waits for it.
    pub(super) fn admit(&mut self, task: Numbered<'t, G>) -> Option<Numbered<'t, G>> {
        if self.rooms.is_empty() {
            return Some(task);
        }
        let full = around(self.regions, task.1.place).find(|key| self.full(*key));
        if let Some(room) = full.and_then(|key| self.rooms.get_mut(key)) {
            room.waiting.push_back(task);
            return None;
        }
        self.count(task.1.place, |running| running.saturating_add(1));
        Some(task)
    }

    /// Gives the slots of a task back, and adds those to `admitted` that waited for them.
    pub(super) fn give_back(&mut self, place: Option<Place>, admitted: &mut VecDeque<Numbered<'t, G>>) {
        if self.rooms.is_empty() {
            return;
        }
        self.count(place, |running| running.saturating_sub(1));
        for key in around(self.regions, place) {
            while !self.full(key) {
                let Some(task) = self.rooms.get_mut(key).and_then(|room| room.waiting.pop_front()) else { break };
                admitted.extend(self.admit(task));
            }
        }
    }

    fn full(&self, key: usize) -> bool {
        let limit = self.regions.get(key).and_then(Position::concurrency);
        limit.is_some_and(|limit| self.rooms.get(key).is_some_and(|room| room.running >= limit))
    }

    fn count(&mut self, place: Option<Place>, change: impl Fn(u32) -> u32) {
        for key in around(self.regions, place) {
            if let Some(room) = self.rooms.get_mut(key) {
                room.running = change(room.running);
            }
        }
    }
}

/// The keys of the open regions around a place, the innermost first.
fn around<G: Definition>(regions: &Slab<Open<G>>, place: Option<Place>) -> impl Iterator<Item = usize> {
    let outer = move |key: &usize| regions.get(*key)?.outer.map(|place| place.region);
    std::iter::successors(place.map(|place| place.region), outer)
}
