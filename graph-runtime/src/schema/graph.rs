//! A graph as stored threads know it.

use super::Type;
use crate::graph::engine::items::Items;
use crate::graph::engine::memory::Memory;
use crate::graph::engine::nested::Child;
use crate::graph::region::{Form, Scope};
use crate::{Definition, GraphState, NodeName, Replies};
use serde::{Deserialize, Serialize};

/// What stored threads hold of a graph: the fields of its state and their types, the names of its nodes and what they are,
/// the items of its `for`s, and the same of the graphs inside it. Made by the `schema` function of the type that `graph!`
/// emits.
///
/// It is equal for equal programs, whatever the process, the machine and the order in which anything ran. With the feature `json` it is displayed as JSON,
/// one line for each field and node.
///
/// # Examples
///
/// ```
/// use graph_runtime::{GraphState, Update, graph};
///
/// #[derive(GraphState)]
/// struct Count {
///     #[state(renamed_from = "sum")]
///     total: u64,
/// }
///
/// fn one(count: &Count) -> impl Update<Count> {
///     Count::update().total(count.total + 1)
/// }
///
/// graph! {
///     graph Counter<Count>;
///     node one;
///     start -> one -> end;
/// }
///
/// let schema = Counter::schema();
/// assert_eq!((schema.graph.as_str(), schema.nodes[0].name.as_str()), ("Counter", "one"));
/// let field = &schema.state[0];
/// assert_eq!((field.name.as_str(), field.ty.structure.as_str()), ("total", "u64"));
/// assert_eq!(field.former, ["sum"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schema {
    /// The name of the graph.
    pub graph: String,
    /// The names that it had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// The stored fields of its state, in the order of the text.
    pub state: Vec<Field>,
    /// Its nodes, in the order of the text.
    pub nodes: Vec<Node>,
    /// Its `for`s, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loops: Vec<Loop>,
}

/// A stored field of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// The name.
    pub name: String,
    /// The type, as it is stored.
    #[serde(flatten)]
    pub ty: Type,
    /// The reducer, as it is written in the attribute: `append`; of `upsert`, with what it goes by: `upsert by id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reducer: Option<String>,
    /// Whether the value lasts for one step only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ephemeral: bool,
    /// The names that the field had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// The types that the field had before, and from which it has a way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migrates: Vec<Type>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Node {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The `for`s and the branches of groups that it stands in, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// The names that it had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// What a pause waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Type>,
    /// Whether a subgraph keeps its state over the thread.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps: bool,
    /// The graph that a subgraph is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<Schema>>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A function.
    Function,
    /// A pause.
    Pause,
    /// Another graph.
    Subgraph,
}

/// A `for`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loop {
    /// What the nodes in it have in [`Node::within`].
    pub name: String,
    /// The list of its items, as it is stored.
    pub items: Type,
}

impl Schema {
    /// That of a graph; what the generated `schema` function returns.
    #[must_use]
    pub fn of<G: Definition>() -> Schema {
        let loops = G::REGIONS.iter().enumerate().filter_map(|(index, region)| {
            let items = G::Items::describe(index)?;
            Some(Loop { name: format!("for {}", region.name), items })
        });
        Schema {
            graph: G::NAME.to_owned(),
            former: G::FORMER_NAMES.iter().map(|former| (*former).to_owned()).collect(),
            state: G::State::describe(),
            nodes: G::Node::ALL.iter().map(|node| describe::<G>(*node)).collect(),
            loops: loops.collect(),
        }
    }
}

fn describe<G: Definition>(node: G::Node) -> Node {
    let name = node.name();
    let subgraph = G::SUBGRAPHS.iter().position(|subgraph| *subgraph == name);
    let kind = match subgraph {
        Some(_) => Kind::Subgraph,
        None if G::PAUSES.contains(&name) => Kind::Pause,
        None => Kind::Function,
    };
    let scope = G::SCOPES.get(node.index()).copied().flatten();
    let outer = |scope: &Scope| G::REGIONS.get(scope.region).and_then(|region| region.scope);
    let mut within: Vec<String> = std::iter::successors(scope, outer).map(label::<G>).collect();
    within.reverse();
    Node {
        name: name.to_owned(),
        kind,
        within,
        former: G::FORMER.iter().filter(|(_, now)| *now == name).map(|(former, _)| (*former).to_owned()).collect(),
        reply: G::Reply::describe(name),
        keeps: subgraph.is_some_and(G::Memory::keeps),
        inner: subgraph.and_then(G::Child::describe).map(Box::new),
    }
}

/// `for (fetch`, or `(web/1`: the second branch of a group.
fn label<G: Definition>(Scope { region, branch }: Scope) -> String {
    match G::REGIONS.get(region) {
        Some(region) if region.form == Form::Group => format!("{}/{branch}", region.name),
        Some(region) => format!("for {}", region.name),
        None => String::new(),
    }
}
