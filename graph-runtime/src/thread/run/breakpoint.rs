//! Where a run stops for whoever debugs it.

use crate::graph::engine::nested::Child;
use crate::graph::engine::position::Task;
use crate::thread::run::Run;
use crate::{Definition, NodeName};

/// The nodes before and after which a run stops.
#[derive(Clone, Debug)]
pub(crate) struct Breakpoints<N> {
    pub(crate) before: Vec<N>,
    pub(crate) after: Vec<N>,
}

impl<N> Default for Breakpoints<N> {
    fn default() -> Self {
        Breakpoints { before: Vec::new(), after: Vec::new() }
    }
}

impl<G: Definition> Run<'_, G> {
    /// The nodes of the next step before which the run stops.
    pub(in crate::thread) fn stops_before(&self) -> Vec<&'static str> {
        let (graph, call) = (&self.thread.shared.breakpoints.before, &self.thread.breakpoints.before);
        self.among(graph, call)
    }

    /// The nodes of the running step after which the run stops.
    pub(in crate::thread) fn stops_after(&self) -> Vec<&'static str> {
        let (graph, call) = (&self.thread.shared.breakpoints.after, &self.thread.breakpoints.after);
        self.among(graph, call)
    }

    fn among(&self, graph: &[G::Node], call: &[G::Node]) -> Vec<&'static str> {
        if graph.is_empty() && call.is_empty() {
            return Vec::new();
        }
        let runs = |task: &&Task<G>| match &task.child {
            Some(child) => !child.idle(),
            None => !task.waits() && task.done.get().is_none(),
        };
        let listed = |node: &G::Node| graph.contains(node) || call.contains(node);
        let nodes = self.machine.position.tasks.iter().filter(runs).map(|task| task.node).filter(listed);
        let mut names: Vec<&'static str> = nodes.map(NodeName::name).collect();
        // One node of a `for` runs for many items.
        names.dedup();
        names
    }
}
