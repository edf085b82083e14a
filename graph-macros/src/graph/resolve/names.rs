//! Declarations, and the names that the chains mention.

use super::{RESERVED, Resolver};
use crate::graph::ast::{Declaration, Nodes, Pause, Subgraph};
use crate::graph::model::{Kind, Node, Scope, Target};
use crate::graph::variant;
use crate::spelling;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::HashMap;
use syn::ext::IdentExt;
use syn::{Attribute, Ident, Path};

impl Resolver<'_> {
    pub(super) fn nodes(&mut self, mut nodes: Nodes) {
        if let [_, second, ..] = &*nodes.declarations
            && let Some(renamed) = nodes.attributes.iter().find(|attribute| attribute.path().is_ident("renamed_from"))
        {
            let remedy = format!("declare `{}` and what follows it in a statement of their own", second.name);
            self.errors.error(renamed.path(), format!("`#[renamed_from]` belongs to one node; {remedy}"));
            nodes.attributes.retain(|attribute| !attribute.path().is_ident("renamed_from"));
        }
        for declaration in nodes.declarations {
            self.declare(declaration, &nodes.attributes, Kind::Function);
        }
    }

    pub(super) fn pause(&mut self, pause: Pause) {
        let Pause { attributes, declaration, reply, question } = pause;
        let borrowed = borrows(reply.to_token_stream());
        if borrowed {
            let remedy = "a reply is stored, so name an owned type";
            let message = format!("pause `{}` cannot wait for what is borrowed; {remedy}", declaration.name);
            self.errors.error(&reply, message);
        }
        let reply = (!borrowed).then_some(reply);
        self.declare(declaration, &attributes, Kind::Pause { reply, question });
    }

    pub(super) fn subgraph(&mut self, subgraph: Subgraph) {
        let Subgraph { attributes, name, graph, passage, .. } = subgraph;
        if self.is_itself(&graph) {
            let remedy = "lead a chain back to the node that it begins with";
            self.errors.error(&graph, format!("graph `{}` cannot contain itself; {remedy}", self.name));
        } else if passage.is_none() {
            let remedy = format!("write `subgraph {name} = {}(enter, leave);`", spelt(&graph));
            self.errors.error(&name, format!("subgraph `{name}` names no way in and out; {remedy}"));
        }
        let declaration = Declaration { name, path: Some(graph.clone()) };
        self.declare(declaration, &attributes, Kind::Subgraph { graph, passage });
    }

    /// `Graph` or `self::Graph`; by other paths, rustc says it.
    fn is_itself(&self, path: &Path) -> bool {
        let mut segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).peekable();
        segments.next_if(|first| first == "self");
        segments.next().is_some_and(|first| first == self.name) && segments.next().is_none()
    }

    fn declare(&mut self, declaration: Declaration, attributes: &[Attribute], kind: Kind) {
        let Declaration { name, path } = declaration;
        let key = name.unraw().to_string();
        if RESERVED.contains(&key.as_str()) {
            let remedy = match kind {
                Kind::Subgraph { .. } => "give the subgraph another".to_owned(),
                Kind::Pause { .. } => format!("give the pause another, such as `pause {key}_pause = {key}(…);`"),
                Kind::Function => format!("give the node another, such as `node {key}_node = {key};`"),
            };
            self.errors.error(&name, format!("`{key}` is a reserved name; {remedy}"));
            // What the chains do with it is no other mistake.
            self.unknown.insert(key);
            return;
        }
        if self.names.contains_key(&key) {
            self.errors.error(&name, format!("node `{key}` is declared twice; take one away"));
            return;
        }
        self.names.insert(key.clone(), self.graph.nodes.len());
        self.graph.nodes.push(Node {
            variant: Ident::new(&variant::of(&key), name.span()),
            path: path.unwrap_or_else(|| name.clone().into()),
            docs: attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
            attributes: attributes.to_vec(),
            name,
            mentions: Vec::new(),
            places: Vec::new(),
            scope: None,
            kind,
        });
    }

    /// Two names must not become one variant of the enum of nodes.
    pub(super) fn variants(&mut self) {
        let mut seen: HashMap<String, Ident> = HashMap::new();
        for (index, node) in self.graph.nodes.iter_mut().enumerate() {
            let variant = node.variant.to_string();
            if let Some(first) = seen.get(&variant) {
                let message =
                    format!("nodes `{first}` and `{}` both become the variant `{variant}`; rename one", node.name);
                self.errors.error(&node.name, message);
                // rustc need not say it again.
                node.variant = Ident::new(&format!("{variant}{index}"), node.name.span());
            } else {
                seen.insert(variant, node.name.clone());
            }
        }
    }

    /// The first name of a statement, which stands in no branch.
    pub(super) fn source(&mut self, name: &Ident) -> Option<Source> {
        match name.to_string().as_str() {
            "start" => Some(Source::Start),
            "end" => {
                self.misused(name, "nothing follows `end`; begin this chain with `start` or a node");
                None
            }
            "join" => {
                self.misused(name, JOIN);
                None
            }
            _ => self.node(name).map(Source::Node),
        }
    }

    /// A later name of a chain, or the first one of a branch.
    pub(super) fn target(&mut self, name: &Ident, goes_on: bool, scope: Option<Scope>) -> Target {
        let region = scope.and_then(|scope| self.graph.regions.get(scope.region));
        match (name.to_string().as_str(), region) {
            ("start", _) => {
                self.misused(name, "nothing goes back to `start`; name the node that follows it");
                Target::Unknown
            }
            ("end", Some(region)) => {
                let message =
                    format!("`end` cannot stand inside a {}; write `join` to leave the branch", region.noun());
                self.misused(name, &message);
                Target::Unknown
            }
            ("end", None) if goes_on => {
                self.misused(name, "nothing follows `end`; end the chain here, or take `end` out");
                Target::Unknown
            }
            ("end", None) => Target::End,
            ("join", None) => {
                self.misused(name, JOIN);
                Target::Unknown
            }
            ("join", Some(_)) if goes_on => {
                self.misused(name, "nothing follows `join`; end the chain here, or take `join` out");
                Target::Unknown
            }
            ("join", Some(_)) => Target::Join,
            _ => self.node(name).map_or(Target::Unknown, Target::Node),
        }
    }

    pub(super) fn misused(&mut self, reserved: &Ident, message: &str) {
        if !self.unknown.contains(&reserved.to_string()) {
            self.errors.error(reserved, message);
        }
    }

    /// The node of this name; one that is not declared is reported at its first mention.
    fn node(&mut self, name: &Ident) -> Option<usize> {
        let key = name.unraw().to_string();
        let index = self.names.get(&key).copied();
        if let Some(node) = index.and_then(|index| self.graph.nodes.get_mut(index)) {
            node.mentions.push(name.clone());
        } else if !RESERVED.contains(&key.as_str()) && self.unknown.insert(key.clone()) {
            let known = self.graph.nodes.iter().map(|node| node.name.unraw().to_string());
            let mut known: Vec<String> = known.chain(["start".to_owned(), "end".to_owned()]).collect();
            known.sort_unstable();
            let remedy = spelling::closest(&key, known.iter().map(String::as_str))
                .map_or_else(|| format!("declare it with `node {name};`"), |near| format!("did you mean `{near}`?"));
            self.errors.error(name, format!("no node named `{key}` in graph `{}`; {remedy}", self.name));
        }
        index
    }
}

/// What a statement begins with.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Start,
    Node(usize),
}

const JOIN: &str = "`join` leaves a branch of a group, and this is none; name a node or `end`";

/// Whether a type names a reference, or another lifetime than `'static`.
fn borrows(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        let borrows = match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                tokens.next().is_none_or(|name| name.to_string() != "static")
            }
            TokenTree::Punct(punct) => punct.as_char() == '&',
            TokenTree::Group(group) => borrows(group.stream()),
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        if borrows {
            return true;
        }
    }
    false
}

/// A path as it is written, without the spaces between its tokens.
fn spelt(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
