//! What stands where: the nodes and regions of each branch.

use super::{Picture, Point};
use crate::graph::model::Scope;

/// The contents of the graph itself and of each branch, found in one pass.
pub(super) struct Scopes {
    graph: Contents,
    /// By region, then by branch.
    regions: Vec<Vec<Contents>>,
}

/// What stands in one scope, in the order of the text.
#[derive(Clone, Default)]
pub(super) struct Contents {
    pub(super) nodes: Vec<usize>,
    pub(super) regions: Vec<usize>,
    /// The arrows between them, and between them and where the scope begins and ends.
    pub(super) edges: Vec<usize>,
}

impl Scopes {
    pub(super) fn of(picture: &Picture) -> Scopes {
        let contents = |region: &super::Region| vec![Contents::default(); region.branches.len()];
        let mut scopes = Scopes { graph: Contents::default(), regions: picture.regions.iter().map(contents).collect() };
        for (index, node) in picture.nodes.iter().enumerate() {
            if let Some(contents) = scopes.at(node.scope) {
                contents.nodes.push(index);
            }
        }
        for (index, region) in picture.regions.iter().enumerate() {
            if let Some(contents) = scopes.at(region.scope) {
                contents.regions.push(index);
            }
        }
        let node = |node: usize| picture.nodes.get(node).and_then(|node| node.scope);
        let region = |region: usize| picture.regions.get(region).and_then(|region| region.scope);
        for (index, edge) in picture.edges.iter().enumerate() {
            let scope = match (edge.from, edge.to) {
                (Point::Node(from), _) => node(from),
                (Point::Join(from), _) => region(from),
                (Point::Fork(_), Point::Node(to)) => node(to),
                (Point::Fork(_), Point::Fork(to)) => region(to),
                (Point::Start | Point::End | Point::Fork(_), _) => None,
            };
            if let Some(contents) = scopes.at(scope) {
                contents.edges.push(index);
            }
        }
        scopes
    }

    /// What stands in the graph itself.
    pub(super) fn graph(&self) -> &Contents {
        &self.graph
    }

    /// What stands in the branches of a region.
    pub(super) fn branches(&self, region: usize) -> &[Contents] {
        self.regions.get(region).map_or(&[], Vec::as_slice)
    }

    fn at(&mut self, scope: Option<Scope>) -> Option<&mut Contents> {
        match scope {
            None => Some(&mut self.graph),
            Some(Scope { region, branch }) => self.regions.get_mut(region)?.get_mut(branch),
        }
    }
}
