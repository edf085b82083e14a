//! One superstep of a graph: all tasks side by side, then their updates, then the routes.

use super::Progress;
use super::at::At;
use super::attempt;
use super::crew::{self, Crew};
use super::held::Held;
use super::image::Left;
use super::memory::Memory;
use super::nested::Child;
use super::observer::Observer;
use super::path::{Part, TaskName, TaskPath};
use super::position::{Astray, Done, Open, Place, Position, Task};
use super::scene::Scene;
use crate::graph::definition::{Next, Noted, Patch};
use crate::record::delta::Delta;
use crate::record::field::FieldError;
use crate::{Definition, Error, GraphState, NodeCause, NodeError, panic};
use slab::Slab;
use std::sync::Arc;

/// A graph that runs: its state, where it is, and what its subgraphs keep.
pub(crate) struct Machine<G: Definition> {
    pub(crate) state: Held<G::State>,
    pub(crate) position: Position<G>,
    pub(crate) memory: G::Memory,
    /// What has changed in the state since the last checkpoint; `None` if there is none that it could follow.
    pub(crate) delta: Option<Delta>,
    /// The state is being changed, or what follows is being read; after a panic it is still so.
    pub(crate) settling: bool,
}

impl<G: Definition> Machine<G> {
    pub(crate) fn new(state: G::State, position: Position<G>, memory: G::Memory) -> Self {
        Machine { state: Held::new(state), position, memory, delta: None, settling: false }
    }

    /// Leads the only position of the graph to `next`.
    pub(crate) fn lead(&mut self, next: Next<G::Node>) -> Result<(), Astray> {
        self.position.clear();
        self.position.follow(next, None, 0, &self.state, &mut self.memory)?;
        self.position.sort();
        Ok(())
    }

    /// [`Machine::lead`] where the routes may panic.
    ///
    /// # Errors
    ///
    /// The panic, or where the routes went astray, as an error of `start`.
    pub(crate) fn begin(
        &mut self,
        next: impl FnOnce(&G::State) -> Next<G::Node>,
        scene: &Scene<'_>,
    ) -> Result<(), NodeError> {
        let led = panic::catch(|| self.lead(next(&self.state)));
        let cause = match led {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(astray)) => lost(astray),
            Err(message) => NodeCause::Panic(message),
        };
        Err(scene.blame(&TaskName { path: scene.path.clone(), node: "start" }, cause))
    }

    /// Drops what is pending; what subgraphs keep stays.
    pub(crate) fn abandon(&mut self) {
        for task in std::mem::replace(&mut self.position, Position::end()).tasks {
            if let Some(child) = task.child {
                child.forget(&mut self.memory);
            }
        }
    }

    /// Takes an edit into the state; the tasks stay.
    pub(crate) fn amend(&mut self, patch: &mut Patch<G>) -> Result<(), NodeCause> {
        self.state.own().ok_or_else(still_shared)?.apply(patch);
        Ok(())
    }

    /// Takes an edit in the place of a node: into the state, behind what the tasks left; and goes on from there.
    ///
    /// # Errors
    ///
    /// A circle. The state is then of no use any more, as after a panic of a reducer or a route.
    pub(crate) fn stand_in(&mut self, node: G::Node, patch: &mut Patch<G>) -> Result<(), NodeCause> {
        let state = self.state.own().ok_or_else(still_shared)?;
        state.expire();
        for task in &mut self.position.tasks {
            if let Some(Done { patch, noted }) = task.done.get_mut() {
                (noted.apply)(patch, state);
            }
        }
        state.apply(patch);
        self.abandon();
        self.lead(G::route(node, &self.state, At::NOWHERE)).map_err(lost)
    }

    /// The state, on its own.
    ///
    /// # Errors
    ///
    /// An error of the engine if a blocking node still reads the state, which it excludes by waiting for all of them.
    pub(crate) fn into_state(self) -> Result<G::State, NodeError> {
        let shared = || Progress::default().blame::<G>(None, still_shared());
        self.state.into_inner().ok_or_else(shared)
    }

    /// Notes that a checkpoint holds all of it: the next one may tell what has changed since, in so many bytes, if any.
    pub(crate) fn stored(&mut self, room: Option<usize>) {
        self.delta.get_or_insert_default().clear(room);
        self.memory.stored();
        for (_, open) in &mut self.position.regions {
            open.stored = !std::mem::take(&mut open.renamed);
        }
        for task in &mut self.position.tasks {
            if let Some(child) = &mut task.child {
                child.stored(room);
            }
        }
    }

    /// Notes that the checkpoint which holds all of it cannot be referred to: there it has another name.
    pub(crate) fn renamed(&mut self) {
        self.delta = None;
    }

    /// Whether the graph has reached its end.
    pub(crate) fn at_end(&self) -> bool {
        self.position.tasks.is_empty()
    }

    /// The node to run next, if it is all that a plain loop needs to know.
    pub(crate) fn alone(&mut self) -> Option<G::Node> {
        let [task] = &*self.position.tasks else { return None };
        let node = task.node;
        if task.place.is_some() || task.pause.is_some() || !G::plain(node) {
            return None;
        }
        self.position.tasks.clear();
        Some(node)
    }

    /// How many nodes run in the next superstep, those in subgraphs included and those that wait for a reply left out.
    pub(crate) fn width(&self) -> usize {
        let width = |task: &Task<G>| match &task.child {
            Some(child) => child.width(),
            None => usize::from(!task.waits()),
        };
        self.position.tasks.iter().map(width).sum()
    }

    /// What the tasks have left that no checkpoint holds, by their names.
    pub(crate) fn left(&self, path: &TaskPath, left: &mut Vec<Left>) -> Result<(), FieldError> {
        for task in &self.position.tasks {
            let name = task.name(&self.position.regions, path);
            if let Some(child) = &task.child {
                child.left(&name, left)?;
            } else if let Some(done) = task.done.get() {
                left.push(Left { task: name, next: done.goal(), fields: done.encode()? });
            }
        }
        Ok(())
    }

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

/// Not reached: a superstep waits for its blocking nodes.
fn still_shared() -> NodeCause {
    NodeCause::Panic("a blocking node still reads the state".to_owned())
}

fn lost(astray: Astray) -> NodeCause {
    match astray {
        Astray::Endless(region) => NodeCause::Endless { region: region.to_owned() },
        Astray::Unasked { pause, reason } => NodeCause::Question { pause: pause.to_owned(), reason },
    }
}
