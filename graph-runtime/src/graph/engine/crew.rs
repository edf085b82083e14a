//! Several tasks of one superstep, side by side on the caller's task.

use super::attempt;
use super::position::{Open, Place, Task};
use super::scene::Scene;
use super::slots::Slots;
use crate::{Definition, Error, NodeError};
use futures_lite::future::poll_once;
use futures_util::stream::{FuturesUnordered, StreamExt};
use slab::Slab;
use std::collections::VecDeque;
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
    let (mut slots, mut admitted) = (Slots::new(crew.regions), Vec::new());
    let bounded = slots.bound();
    // Where slots are counted, a node that needs no future needs one like all others.
    let instant = |task: &Task<G>| !bounded && task.child.is_none() && G::instant(task.node);
    let left = || tasks.iter().enumerate().filter(|(_, task)| task.done.get().is_none() && !task.waits());
    let mut running = FuturesUnordered::new();
    for (index, task) in left() {
        if instant(task) {
            attempt::announce(task, crew);
        } else {
            running.extend(slots.admit((index, task)).map(|task| placed(task, crew)));
        }
    }
    let mut errors = Vec::new();
    let mut ended = VecDeque::new();
    if left().any(|(_, task)| instant(task)) {
        // Until all of the others wait: then they have begun.
        while let Some(Some(first)) = poll_once(running.next()).await {
            ended.push_back(first);
        }
        for (index, task) in left().filter(|(_, task)| instant(task)) {
            errors.extend(attempt::at_once(task, crew).await?.map(|error| (index, error)));
        }
    }
    loop {
        let next = match ended.pop_front() {
            Some(ended) => Some(ended),
            None => running.next().await,
        };
        let Some((index, place, failed)) = next else { break };
        slots.give_back(place, &mut admitted);
        running.extend(admitted.drain(..).map(|task| placed(task, crew)));
        errors.extend(failed?.into_iter().map(|error| (index, error)));
    }
    // Told in the order of the tasks: the same failures are the same report, whoever failed first.
    errors.sort_by_key(|(index, _)| *index);
    Ok(errors.into_iter().map(|(_, error)| error).collect())
}

/// Begins one of several tasks.
fn placed<'a, G: Definition>(
    task: (usize, &'a Task<G>),
    crew: &'a Crew<'a, G>,
) -> impl Future<Output = (usize, Option<Place>, Result<Vec<NodeError>, Error>)> + Send + use<'a, G> {
    attempt::announce(task.1, crew);
    run(task, crew)
}

/// Runs one of several tasks; with its index, and the place whose slots it gives back.
async fn run<G: Definition>(
    (index, task): (usize, &Task<G>),
    crew: &Crew<'_, G>,
) -> (usize, Option<Place>, Result<Vec<NodeError>, Error>) {
    // Most nodes have nothing but their function. The future of one that may wait, be tried again and be rescued is
    // large, and would make those of all tasks as large.
    let failed = if task.child.is_none() && G::policy(task.node).is_none() {
        attempt::plain(task, crew).await.map(|failed| failed.into_iter().collect())
    } else {
        Box::pin(attempt::one(task, crew)).await
    };
    (index, task.place, failed)
}
