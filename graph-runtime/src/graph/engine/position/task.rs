//! A task of a run, and what it left.

use super::{Open, Place, Position};
use crate::graph::definition::{Noted, Patch};
use crate::graph::engine::at::At;
use crate::graph::engine::nested::Child;
use crate::graph::engine::path::{TaskName, TaskPath};
use crate::graph::engine::pause::Pause;
use crate::{Definition, NodeName};
use slab::Slab;
use std::sync::OnceLock;

/// A node that runs in the next superstep.
pub(crate) struct Task<G: Definition> {
    pub(crate) node: G::Node,
    /// The name under which the last checkpoint has it, if the node has another one now. What belongs to its superstep is
    /// stored under that name, also by this program: so there is one place in which to look, and one key for an effect.
    pub(crate) former: Option<&'static str>,
    pub(crate) place: Option<Place>,
    /// The run of the subgraph, if the node is one.
    pub(crate) child: Option<G::Child>,
    /// What it waits for, if the node is a pause.
    pub(crate) pause: Option<Box<Pause<G>>>,
    pub(crate) past: Attempts,
    /// What it left, once it has run. Set while others read the position.
    pub(crate) done: OnceLock<Done<G>>,
}

/// The attempts at a task before this process, or this run, took it up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempts {
    /// How many there were.
    pub(crate) failed: u32,
    /// How many of them the retry policy has spent.
    pub(crate) spent: u32,
    /// When the next one is due, in milliseconds since the Unix epoch; 0 for at once.
    pub(crate) due: u64,
}

/// What a task left.
pub(crate) struct Done<G: Definition> {
    pub(crate) patch: Patch<G>,
    pub(crate) noted: Noted<G>,
}

impl<G: Definition> Task<G> {
    pub(crate) fn new(node: G::Node, place: Option<Place>, child: Option<G::Child>) -> Self {
        Task { node, former: None, place, child, pause: None, past: Attempts::default(), done: OnceLock::new() }
    }

    /// What it has beside the state.
    pub(crate) fn at<'a>(&'a self, regions: &'a Slab<Open<G>>) -> At<'a, G> {
        let reply = self.pause.as_ref().and_then(|pause| pause.reply.as_ref());
        Position::item(regions, self.place).replied(reply)
    }

    /// The name of its node, as what belongs to its superstep is stored.
    pub(crate) fn called(&self) -> &'static str {
        self.former.unwrap_or_else(|| self.node.name())
    }

    /// Its name, in the graph that `path` leads to, as what belongs to its superstep is stored.
    pub(crate) fn name(&self, regions: &Slab<Open<G>>, path: &TaskPath) -> TaskName {
        let mut name = TaskName { path: path.clone(), node: self.called() };
        Position::path(regions, self.place, &mut name.path);
        name
    }

    /// Its name, as the graph text has it now.
    pub(crate) fn present(&self, regions: &Slab<Open<G>>, path: &TaskPath) -> TaskName {
        TaskName { node: self.node.name(), ..self.name(regions, path) }
    }

    /// Ends the superstep for a task that stays: from the next checkpoint on, its node has the name that it has now.
    pub(in crate::graph::engine) fn stay(&mut self) {
        if self.former.take().is_some()
            && let Some(child) = &mut self.child
        {
            child.renamed();
        }
    }
}
