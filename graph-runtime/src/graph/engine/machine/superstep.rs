//! The two halves of a superstep: the tasks run and change nothing, then what they left is taken in.

use super::{Machine, lost, still_shared};
use crate::graph::definition::{Noted, Patch};
use crate::graph::engine::attempt;
use crate::graph::engine::crew::{self, Crew};
use crate::graph::engine::nested::Child;
use crate::graph::engine::observer::Observer;
use crate::graph::engine::path::{Part, TaskName};
use crate::graph::engine::position::{Done, Open, Place, Position, Task};
use crate::graph::engine::scene::Scene;
use crate::{Definition, Error, GraphState, NodeCause, NodeError, panic};
use slab::Slab;
use std::sync::Arc;

impl<G: Definition> Machine<G> {
    /// Runs every task that has not run yet, all to their end. Nothing changes but what they leave in the position.
    ///
    /// # Errors
    ///
    /// The store's, which ends the step at once. Those of the nodes are the value.
    pub(crate) async fn perform(&self, context: &Arc<G::Context>, scene: &Scene<'_>) -> Result<Vec<NodeError>, Error> {
        let Position { tasks, regions, .. } = &self.position;
        let crew = Crew { state: &*self.state, shared: self.state.shared(), regions, context, scene };
        match &**tasks {
            [task] => {
                attempt::announce(task, &crew);
                attempt::one(task, &crew).await
            }
            tasks => crew::all(tasks, &crew).await,
        }
    }

    /// Shares the state with the blocking nodes of the next superstep, if there are any.
    pub(crate) fn share(&mut self) {
        for task in &mut self.position.tasks {
            if let Some(child) = &mut task.child {
                child.share();
            } else if G::policy(task.node).is_some_and(|policy| policy.blocking) {
                self.state.share();
            }
        }
    }

    /// Takes what the tasks left into the state, in the order of the text, and follows the routes from there.
    ///
    /// # Errors
    ///
    /// The panic of a reducer or a route, at the task that it belongs to. The state is then of no use any more.
    pub(crate) fn settle(&mut self, scene: &Scene<'_>) -> Result<(), NodeError> {
        self.settling = true;
        let mut trail = TaskName { path: scene.path.clone(), node: "start" };
        let settled = panic::catch(|| self.advance(&mut trail, scene.observer));
        match settled.unwrap_or_else(|message| Err(NodeCause::Panic(message))) {
            Ok(()) => {
                self.settling = false;
                Ok(())
            }
            Err(cause) => Err(scene.blame(&trail, cause)),
        }
    }

    /// [`Machine::settle`], for this graph and those inside; `trail` follows it, so that a panic finds its task.
    pub(crate) fn advance(
        &mut self,
        trail: &mut TaskName,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Result<(), NodeCause> {
        let depth = trail.path.len();
        let mut tasks = self.position.depart();
        let Machine { state, position, memory, delta, .. } = self;
        // A subgraph at its end writes like a node: it reads the state that all tasks of the step have read.
        for task in &mut tasks {
            if task.child.is_none() {
                continue;
            }
            turn(trail, depth, &position.regions, None, task);
            let called = task.called();
            // One in which all wait stays as it is.
            let Some(child) = task.child.as_mut().filter(|child| !child.idle()) else { continue };
            trail.path.push(Part::Inside(called));
            child.advance(trail, observer)?;
            if child.at_end() {
                trail.path.truncate(depth);
                Position::path(&position.regions, task.place, &mut trail.path);
                trail.node = called;
                let item = Position::item(&position.regions, task.place);
                let mut patch = Patch::<G>::default();
                if let Some(noted) = G::leave(task.node, state, item, child, &mut patch) {
                    task.done = Done { patch, noted }.into();
                }
            }
        }
        let Some(state) = state.own() else {
            return Err(still_shared());
        };
        state.expire();
        let mut before = None;
        for task in &mut tasks {
            before = turn(trail, depth, &position.regions, before, task);
            if let Some(done) = task.done.get_mut() {
                if let Some(observer) = observer {
                    observer.applied(trail, &mut || done.encode());
                }
                if let Some(delta) = delta {
                    delta.note(state, &mut done.patch);
                }
                (done.noted.apply)(&mut done.patch, state);
            }
        }
        let mut before = None;
        for mut task in tasks.drain(..) {
            before = turn(trail, depth, &position.regions, before, &task);
            let Some(Done { noted: Noted { next, .. }, .. }) = task.done.get() else {
                // A subgraph that goes on, or a pause whose reply has not come.
                task.stay();
                position.tasks.push(task);
                continue;
            };
            let chosen = *next;
            if let Some(child) = task.child {
                child.forget(memory);
            }
            let item = Position::item(&position.regions, task.place);
            let next = chosen.unwrap_or_else(|| G::route(task.node, state, item));
            position.follow(next, task.place, 0, state, memory).map_err(lost)?;
        }
        position.arrange(tasks);
        Ok(())
    }
}

/// Points the trail at a task of the graph that `depth` parts of its path lead to, coming from the place of another one, and
/// returns its place.
fn turn<G: Definition>(
    trail: &mut TaskName,
    depth: usize,
    regions: &Slab<Open<G>>,
    before: Option<Place>,
    task: &Task<G>,
) -> Option<Place> {
    Position::turn(regions, &mut trail.path, depth, before, task.place);
    trail.node = task.called();
    task.place
}
