//! Syntax tree to model: who is meant by every name, and what follows whom.

use super::ast::{Ast, Chain, Declaration, Group, Nodes, Route as Match, Stage, Statement, Tail};
use super::model::{Arm, Graph, Node, Place, Route, Successor, Target};
use super::variant;
use crate::errors::Errors;
use crate::spelling;
use std::collections::{HashMap, HashSet};
use std::iter::Peekable;
use std::vec::IntoIter;
use syn::ext::IdentExt;
use syn::{Attribute, Ident};

const RESERVED: [&str; 3] = ["start", "end", "join"];

/// Resolves the names of a syntax tree; those that mean nothing go to `errors`.
pub(crate) fn resolve(ast: Ast, errors: &mut Errors) -> Graph {
    let mut resolver = Resolver {
        graph: Graph::default(),
        names: HashMap::new(),
        unknown: HashSet::new(),
        name: ast.header.name.as_ref().map_or_else(String::new, Ident::to_string),
        errors,
    };
    let mut chains = Vec::new();
    for statement in ast.statements {
        match statement {
            Statement::Nodes(nodes) => resolver.declare_all(nodes),
            Statement::Pause(pause) => resolver.declare(pause.declaration, &pause.attributes, false),
            Statement::Subgraph(subgraph) => {
                let path = Some(subgraph.graph);
                let declaration = Declaration { name: subgraph.name, path };
                resolver.declare(declaration, &subgraph.attributes, false);
            }
            Statement::Chain(chain) => chains.push(chain),
        }
    }
    resolver.variants();
    for chain in chains {
        resolver.statement(chain);
    }
    resolver.graph
}

struct Resolver<'a> {
    graph: Graph,
    names: HashMap<String, usize>,
    /// Names that were reported: one forgotten declaration is one mistake.
    unknown: HashSet<String>,
    name: String,
    errors: &'a mut Errors,
}

impl Resolver<'_> {
    fn declare_all(&mut self, nodes: Nodes) {
        for declaration in nodes.declarations {
            self.declare(declaration, &nodes.attributes, true);
        }
    }

    fn declare(&mut self, declaration: Declaration, attributes: &[Attribute], built: bool) {
        let Declaration { name, path } = declaration;
        let key = name.unraw().to_string();
        if RESERVED.contains(&key.as_str()) {
            let message =
                format!("`{key}` is a reserved name; give the node another, such as `node {key}_node = {key};`");
            self.errors.error(&name, message);
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
            name,
            mentions: Vec::new(),
            places: Vec::new(),
            built,
        });
    }

    /// Two names must not become one variant of the enum of nodes.
    fn variants(&mut self) {
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

    /// A chain that stands for itself: its first stage is a place, not a jump.
    fn statement(&mut self, chain: Chain) {
        let mut rest = Rest { stages: chain.stages.into_iter().peekable(), tail: chain.tail };
        match rest.stages.next() {
            Some(Stage::Name(name)) => {
                let source = self.source(&name);
                if !rest.is_empty() {
                    self.place(source, name, rest);
                } else if source.is_some() {
                    self.graph.idle.push(name);
                }
            }
            Some(stage) => {
                self.stage(stage);
                self.follow(rest);
            }
            // What could not be read.
            None => {}
        }
    }

    /// What the rest of a chain is to the stage before it.
    fn follow(&mut self, mut rest: Rest) -> Successor {
        match rest.stages.next() {
            Some(Stage::Name(name)) => {
                let target = self.target(&name, !rest.is_empty());
                if !rest.is_empty() {
                    let source = if let Target::Node(index) = target { Some(Source::Node(index)) } else { None };
                    self.place(source, name, rest);
                }
                Successor::Then(target)
            }
            Some(stage) => {
                self.stage(stage);
                self.follow(rest);
                Successor::Then(Target::Unknown)
            }
            None => match rest.tail {
                Some(Tail::Route(route)) => Successor::Route(self.route(route)),
                // A jump to a label, which only a group or a `for` has; or what could not be read.
                Some(Tail::Jump(_)) | None => Successor::Then(Target::Unknown),
            },
        }
    }

    /// Puts the rest of a chain behind `source`; a name that means nothing is no source, but its rest is looked up.
    fn place(&mut self, source: Option<Source>, at: Ident, rest: Rest) {
        if let Some(Source::Node(index)) = source
            && !self.graph.order.contains(&index)
        {
            self.graph.order.push(index);
        }
        let successor = self.follow(rest);
        let places = match source {
            Some(Source::Start) => Some(&mut self.graph.entries),
            Some(Source::Node(index)) => self.graph.nodes.get_mut(index).map(|node| &mut node.places),
            None => None,
        };
        if let Some(places) = places {
            places.push(Place { at, successor });
        }
    }

    fn route(&mut self, route: Match) -> Route {
        let complete = route.arms.iter().all(|arm| arm.complete);
        let arms = route
            .arms
            .into_iter()
            .map(|arm| {
                let rest = Rest { stages: arm.chain.stages.into_iter().peekable(), tail: arm.chain.tail };
                let target = match self.follow(rest) {
                    Successor::Then(target) => target,
                    Successor::Route(_) => Target::Unknown,
                };
                Arm { pattern: arm.pattern, target }
            })
            .collect();
        Route { keyword: route.keyword, path: route.path, arms, complete }
    }

    /// Groups and `for`s are not built: what they mention is looked up, and that is all.
    fn stage(&mut self, stage: Stage) {
        match stage {
            Stage::Name(name) => drop(self.node(&name)),
            Stage::Group(Group { branches, .. }) => {
                for branch in branches {
                    self.branch(branch.chain);
                }
            }
            Stage::Each(each) => self.branch(each.chain),
        }
    }

    fn branch(&mut self, chain: Chain) {
        for stage in chain.stages {
            self.stage(stage);
        }
        if let Some(Tail::Route(route)) = chain.tail {
            for arm in route.arms {
                self.branch(arm.chain);
            }
        }
    }

    /// The first name of a statement.
    fn source(&mut self, name: &Ident) -> Option<Source> {
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

    /// A later name of a chain.
    fn target(&mut self, name: &Ident, goes_on: bool) -> Target {
        match name.to_string().as_str() {
            "start" => {
                self.misused(name, "nothing goes back to `start`; name the node that follows it");
                Target::Unknown
            }
            "end" if goes_on => {
                self.misused(name, "nothing follows `end`; end the chain here, or take `end` out");
                Target::Unknown
            }
            "end" => Target::End,
            "join" => {
                self.misused(name, JOIN);
                Target::Unknown
            }
            _ => self.node(name).map_or(Target::Unknown, Target::Node),
        }
    }

    fn misused(&mut self, reserved: &Ident, message: &str) {
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

/// What is left of a chain.
struct Rest {
    stages: Peekable<IntoIter<Stage>>,
    tail: Option<Tail>,
}

impl Rest {
    fn is_empty(&mut self) -> bool {
        self.stages.peek().is_none() && self.tail.is_none()
    }
}

#[derive(Clone, Copy)]
enum Source {
    Start,
    Node(usize),
}

const JOIN: &str = "`join` leaves a branch of a group, and this is none; name a node or `end`";
