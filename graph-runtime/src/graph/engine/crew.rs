//! Several tasks of one superstep, side by side on the caller's task.

use super::attempt;
use super::position::{Open, Place, Task};
use super::running::Running;
use super::scene::Scene;
use super::slots::{Numbered, Slots};
use crate::{Definition, Error, NodeError};
use futures_lite::future::poll_once;
use slab::Slab;
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

/// What all tasks of one superstep of one graph share.
pub(crate) struct Crew<'a, G: Definition> {
    pub(crate) state: &'a G::State,
    /// The state for blocking nodes, if there are any.
    pub(crate) shared: Option<&'a Arc<G::State>>,
    pub(crate) regions: &'a Slab<Open<G>>,
    pub(crate) context: &'a Arc<G::Context>,
    pub(crate) scene: &'a Scene<'a>,
}

/// Runs several tasks side by side, each `for` with as many at once as it may have.
///
/// The siblings of a task that fails run to their end; only an error of the store ends all. Nodes that are no `async fn`
/// hold up the others for as long as they take, so they run when those have begun.
pub(crate) async fn all<G: Definition>(tasks: &[Task<G>], crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    let mut shift = Shift::new(crew);
    // Where slots are counted, a node that needs no future needs one like all others.
    let bounded = shift.slots.bound();
    let instant = |task: &Task<G>| !bounded && task.child.is_none() && G::instant(task.node);
    let left = || tasks.iter().enumerate().filter(|(_, task)| task.done.get().is_none() && !task.waits());
    let mut instants = false;
    for (index, task) in left() {
        if instant(task) {
            instants = true;
            attempt::announce(task, crew);
        } else if let Some(task) = shift.slots.admit((index, task)) {
            shift.admitted.push_back(task);
            attempt::announce(task.1, crew);
        }
    }
    let run = |task| run(task, crew);
    shift.begin(run).await?;
    if instants {
        // Until all of the others wait: then they have begun.
        let mut ended = Vec::new();
        while let Some(Some(first)) = poll_once(shift.running.next()).await {
            ended.push(first);
        }
        let mut surroundings = None;
        for (index, task) in left().filter(|(_, task)| instant(task)) {
            let cx = surroundings.get_or_insert_with(|| attempt::surroundings(task, crew));
            attempt::arrive(cx, task, crew);
            shift.errors.extend(attempt::at_once(task, crew, cx).await?.map(|error| (index, error)));
        }
        ended.into_iter().try_for_each(|ended| shift.end(ended))?;
    }
    while let Some(ended) = shift.running.next().await {
        shift.end(ended)?;
        shift.begin(run).await?;
    }
    // Told in the order of the tasks: the same failures are the same report, whoever failed first.
    shift.errors.sort_by_key(|(index, _)| *index);
    Ok(shift.errors.into_iter().map(|(_, error)| error).collect())
}

/// The tasks of a superstep at work.
struct Shift<'a, G: Definition, F: Future> {
    crew: &'a Crew<'a, G>,
    slots: Slots<'a, 'a, G>,
    /// Those that have their slots, and have not begun.
    admitted: VecDeque<Numbered<'a, G>>,
    running: Running<F>,
    /// Each with the index of its task.
    errors: Vec<(usize, NodeError)>,
}

/// One of several tasks that has ended: its index, the place whose slots it gives back, and what went wrong.
type Ended = (usize, Option<Place>, Result<Vec<NodeError>, Error>);

impl<'a, G: Definition, F: Future<Output = Ended>> Shift<'a, G, F> {
    fn new(crew: &'a Crew<'a, G>) -> Self {
        let (admitted, running, errors) = (VecDeque::new(), Running::new(), Vec::new());
        Shift { crew, slots: Slots::new(crew.regions), admitted, running, errors }
    }

    /// Begins all that have their slots. One that is done at once gives its own to those that wait for them.
    async fn begin(&mut self, run: impl Fn(Numbered<'a, G>) -> F) -> Result<(), Error> {
        while let Some(task) = self.admitted.pop_front() {
            if let Some(ended) = self.running.begin(run(task)).await {
                self.end(ended)?;
            }
        }
        Ok(())
    }

    /// Takes what a task left, and admits those that waited for its slots.
    fn end(&mut self, (index, place, failed): Ended) -> Result<(), Error> {
        let before = self.admitted.len();
        self.slots.give_back(place, &mut self.admitted);
        for (_, task) in self.admitted.range(before..) {
            attempt::announce(task, self.crew);
        }
        self.errors.extend(failed?.into_iter().map(|error| (index, error)));
        Ok(())
    }
}

/// Runs one of several tasks; with its index, and the place whose slots it gives back.
async fn run<G: Definition>((index, task): Numbered<'_, G>, crew: &Crew<'_, G>) -> Ended {
    // Most nodes have nothing but their function. The future of one that may wait, be tried again and be rescued is
    // large, and would make those of all tasks as large.
    let failed = if task.child.is_none() && G::policy(task.node).is_none() {
        attempt::plain(task, crew).await.map(|failed| failed.into_iter().collect())
    } else {
        Box::pin(attempt::one(task, crew)).await
    };
    (index, task.place, failed)
}
