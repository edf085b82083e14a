//! The graph as something to look at: plain names and indices, and the texts that are made of them.

mod dot;
mod lanes;
mod layout;
mod mermaid;
mod pen;
mod ports;
mod rows;
mod scopes;
mod shapes;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod tracks;

pub(super) use dot::dot;
pub(super) use mermaid::mermaid;
pub(super) use svg::{Drawing, drawing};
pub(super) use text::text;

use super::model::Scope;

/// What a picture shows of a graph. Indices are those of its own lists.
pub(super) struct Picture {
    pub(super) name: String,
    /// In the order of the text.
    pub(super) nodes: Vec<Node>,
    /// An outer one before those inside it.
    pub(super) regions: Vec<Region>,
    pub(super) edges: Vec<Edge>,
}

pub(super) struct Node {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) scope: Option<Scope>,
    /// What its attributes say, in words.
    pub(super) attributes: Vec<String>,
}

/// What a node is.
pub(super) enum Kind {
    Function,
    /// The graph of this name.
    Subgraph(String),
    /// Waits for a reply of this type.
    Pause(String),
}

pub(super) struct Region {
    /// What checkpoints call it.
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) scope: Option<Scope>,
    /// The list of a `for`; a group has none.
    pub(super) items: Option<String>,
    pub(super) attributes: Vec<String>,
    /// The condition of each branch; a `for` has one branch.
    pub(super) branches: Vec<Option<String>>,
}

pub(super) struct Edge {
    pub(super) from: Point,
    pub(super) to: Point,
    pub(super) label: Option<Label>,
}

/// An end of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Start,
    End,
    Node(usize),
    /// Where the branches of a region begin.
    Fork(usize),
    /// Where they have all come to their end.
    Join(usize),
}

pub(super) enum Label {
    /// An arm; without a route, the node has decided.
    Arm {
        route: Option<String>,
        pattern: String,
    },
    Condition(String),
}

impl Label {
    /// What stands at the arrow. A pattern that names what it means needs no route beside it.
    fn words(&self) -> String {
        match self {
            Label::Condition(condition) => format!("if {condition}"),
            Label::Arm { route, pattern } => match route {
                Some(route) if !pattern.starts_with(char::is_uppercase) => format!("{route}: {}", short(pattern)),
                _ => short(pattern),
            },
        }
    }
}

impl Region {
    /// The line above a region.
    fn title(&self) -> String {
        let label = self.label.iter().map(|label| format!("{label}: "));
        let form = self.items.as_ref().map_or_else(|| "side by side".to_owned(), |items| format!("for {items}"));
        let attributes = self.attributes.iter().map(|attribute| format!(", {attribute}"));
        label.chain([form]).chain(attributes).collect()
    }
}

impl Node {
    /// The lines in a node.
    fn lines(&self) -> Vec<String> {
        let name = match &self.kind {
            Kind::Subgraph(graph) if *graph != self.name => format!("{} = {graph}", self.name),
            Kind::Subgraph(_) | Kind::Function | Kind::Pause(_) => self.name.clone(),
        };
        let waits =
            if let Kind::Pause(reply) = &self.kind { Some(format!("waits for {}", short(reply))) } else { None };
        let attributes = (!self.attributes.is_empty()).then(|| self.attributes.join(", "));
        [name].into_iter().chain(waits).chain(attributes).collect()
    }
}

impl Picture {
    /// What a text calls a point: a word of ASCII that is no word of a language.
    fn id(&self, point: Point) -> String {
        match point {
            Point::Start => "start_".to_owned(),
            Point::End => "end_".to_owned(),
            Point::Fork(region) => format!("r{region}_fork"),
            Point::Join(region) => format!("r{region}_join"),
            Point::Node(index) => match self.nodes.get(index) {
                Some(node) if node.name.is_ascii() => format!("n_{}", node.name),
                _ => format!("n{index}"),
            },
        }
    }
}

/// The longest pattern that stands at an arrow as it is.
const LONGEST: usize = 60;

/// A pattern as long as a picture bears it.
fn short(pattern: &str) -> String {
    if pattern.chars().count() <= LONGEST {
        return pattern.to_owned();
    }
    pattern.chars().take(LONGEST - 1).chain(['…']).collect()
}
