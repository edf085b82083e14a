//! Names that a stored thread holds and that the graph has no longer: its nodes were renamed since.

use crate::{Definition, NodeName};

/// A node by the name that a record has for it.
pub(crate) struct Recorded<N> {
    pub(crate) node: N,
    /// That name, if the node has another one now.
    pub(crate) former: Option<&'static str>,
}

/// The node that a record calls so.
pub(crate) fn node<G: Definition>(name: &str) -> Option<Recorded<G::Node>> {
    if let Some(node) = G::Node::from_name(name) {
        return Some(Recorded { node, former: None });
    }
    let (former, now) = G::FORMER.iter().find(|(former, _)| *former == name)?;
    Some(Recorded { node: G::Node::from_name(now)?, former: Some(former) })
}

/// The name that a node has now which a record calls so; the same, if the graph knows nothing of it.
pub(crate) fn present<G: Definition>(name: &str) -> &str {
    node::<G>(name).map_or(name, |recorded| recorded.node.name())
}

/// The place in [`Definition::REGIONS`] of the one that a record calls so.
///
/// One without a label has the name of its first node, behind its depth.
pub(crate) fn region<G: Definition>(name: &str) -> Option<usize> {
    let named = |name: &str| G::REGIONS.iter().position(|region| region.name == name);
    named(name).or_else(|| {
        let first = name.trim_start_matches('(');
        let depth = name.get(..name.len() - first.len())?;
        let (_, now) = G::FORMER.iter().find(|(former, _)| *former == first && !depth.is_empty())?;
        named(&format!("{depth}{now}"))
    })
}
