//! Several tasks of one superstep, side by side on the caller's task.

use super::attempt;
use super::position::{Open, Place, Task};
use super::scene::Scene;
use super::slots::{Numbered, Slots};
use crate::{Ctx, Definition, Error, NodeError};
use futures_lite::future::poll_once;
use futures_util::stream::{FuturesUnordered, StreamExt};
use slab::Slab;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

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
    let mut queue = Queue { slots: Slots::new(crew.regions), ready: VecDeque::new(), errors: Vec::new() };
    // Where slots are counted, a node that needs no future needs one like all others.
    let bounded = queue.slots.bound();
    let instant = |task: &Task<G>| !bounded && task.child.is_none() && G::instant(task.node);
    let left = || tasks.iter().enumerate().filter(|(_, task)| task.done.get().is_none() && !task.waits());
    let mut instants = false;
    for (index, task) in left() {
        if instant(task) {
            instants = true;
            attempt::announce(task, crew);
        } else if let Some(task) = queue.slots.admit((index, task)) {
            queue.ready.push_back(task);
            attempt::announce(task.1, crew);
        }
    }
    let queue = Mutex::new(queue);
    let mut workers = None;
    // All of the others have begun then, and wait or have ended.
    begin(&queue, crew, &mut workers).await?;
    if instants {
        let mut seat = Seat::default();
        for (index, task) in left().filter(|(_, task)| instant(task)) {
            let kept = attempt::at_once(task, crew, seat.take(task, crew))?;
            let kept = kept.unwrap_or_else(|error| {
                locked(&queue).errors.push((index, error));
                None
            });
            if let Some(kept) = kept {
                kept.await?;
            }
        }
    }
    while let Some(ended) = next(&mut workers, &queue).await {
        ended?;
        begin(&queue, crew, &mut workers).await?;
    }
    let mut errors = std::mem::take(&mut locked(&queue).errors);
    // Told in the order of the tasks: the same failures are the same report, whoever failed first.
    errors.sort_by_key(|(index, _)| *index);
    Ok(errors.into_iter().map(|(_, error)| error).collect())
}

/// What the workers of a superstep share.
struct Queue<'a, G: Definition> {
    slots: Slots<'a, 'a, G>,
    /// The tasks that have their slots, and have not begun.
    ready: VecDeque<Numbered<'a, G>>,
    /// Each with the index of its task.
    errors: Vec<(usize, NodeError)>,
}

impl<G: Definition> Queue<'_, G> {
    /// Admits the tasks that waited for the slots of one that has ended.
    fn end(&mut self, place: Option<Place>, crew: &Crew<'_, G>) {
        let before = self.ready.len();
        self.slots.give_back(place, &mut self.ready);
        for (_, task) in self.ready.range(before..) {
            attempt::announce(task, crew);
        }
    }
}

/// Nothing of the user's runs under the lock, so that a poisoned one is as good as a whole one.
fn locked<'l, 'a, G: Definition>(queue: &'l Mutex<Queue<'a, G>>) -> MutexGuard<'l, Queue<'a, G>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

type Worker<'q> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'q>>;

/// Those that wait for something, if any ever did.
type Workers<'q> = Option<FuturesUnordered<Worker<'q>>>;

/// Begins all tasks that have their slots.
///
/// A worker runs one task after the other, so as long as they have nothing to wait for, one is enough: then a task has no
/// future of its own, no waker and no memory. Each that waits keeps its worker, and the next task gets another one.
async fn begin<'q, G: Definition>(
    queue: &'q Mutex<Queue<'_, G>>,
    crew: &'q Crew<'_, G>,
    workers: &mut Workers<'q>,
) -> Result<(), Error> {
    while !locked(queue).ready.is_empty() {
        let mut worker: Worker<'q> = Box::pin(work(queue, crew));
        match poll_once(&mut worker).await {
            Some(ended) => ended?,
            None => workers.get_or_insert_default().push(worker),
        }
    }
    Ok(())
}

/// Waits until a worker has ended, or until tasks have their slots and no worker; `None` when all have ended.
async fn next<G: Definition>(workers: &mut Workers<'_>, queue: &Mutex<Queue<'_, G>>) -> Option<Result<(), Error>> {
    let workers = workers.as_mut()?;
    poll_fn(|cx| match workers.poll_next_unpin(cx) {
        Poll::Pending if !locked(queue).ready.is_empty() => Poll::Ready(Some(Ok(()))),
        polled => polled,
    })
    .await
}

/// Runs tasks until none is left that has its slots.
async fn work<G: Definition>(queue: &Mutex<Queue<'_, G>>, crew: &Crew<'_, G>) -> Result<(), Error> {
    let mut seat = Seat::default();
    let mut following = locked(queue).ready.pop_front();
    while let Some((index, task)) = following {
        // Most nodes have nothing but their function. The future of one that may wait, be tried again and be rescued is
        // large, and would make those of all tasks as large.
        if task.child.is_none() && G::policy(task.node).is_none() {
            let failed = attempt::plain(task, crew, seat.take(task, crew)).await?;
            if let Some(error) = failed {
                locked(queue).errors.push((index, error));
            }
        } else {
            let failed = Box::pin(attempt::one(task, crew)).await?;
            locked(queue).errors.extend(failed.into_iter().map(|error| (index, error)));
        }
        let mut queue = locked(queue);
        queue.end(task.place, crew);
        following = queue.ready.pop_front();
    }
    Ok(())
}

/// The surroundings of one task after the other.
struct Seat<G: Definition> {
    taken: Option<(Ctx<G::Context>, Option<Place>)>,
}

impl<G: Definition> Default for Seat<G> {
    fn default() -> Self {
        Seat { taken: None }
    }
}

impl<G: Definition> Seat<G> {
    /// Those of this task; what they are made of is used again.
    fn take(&mut self, task: &Task<G>, crew: &Crew<'_, G>) -> &Ctx<G::Context> {
        if let Some((cx, place)) = &mut self.taken {
            attempt::arrive(cx, *place, task, crew);
            *place = task.place;
        }
        &self.taken.get_or_insert_with(|| (attempt::surroundings(task, crew), task.place)).0
    }
}
