//! A graph that runs: its state and its position.

mod superstep;

use super::Progress;
use super::at::At;
use super::held::Held;
use super::image::Left;
use super::memory::Memory;
use super::nested::Child;
use super::path::{TaskName, TaskPath};
use super::position::{Astray, Done, Position, Task};
use super::scene::Scene;
use crate::graph::definition::{Next, Patch};
use crate::record::delta::Delta;
use crate::record::field::FieldError;
use crate::{Definition, GraphState, NodeCause, NodeError, panic};

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
