//! The graph as facts: names resolved, places and edges, nothing judged. `check` says what is wrong with it.

use super::ast::{Ast, Chain, Declaration, Group, Nodes, Route as Match, Stage, Statement, Tail};
use super::variant;
use crate::errors::Errors;
use crate::spelling;
use proc_macro2::TokenStream;
use std::collections::{HashMap, HashSet};
use syn::ext::IdentExt;
use syn::{Attribute, Ident, Path, Token};

const RESERVED: [&str; 3] = ["start", "end", "join"];

/// A graph whose names are resolved as far as they can be.
#[derive(Default)]
pub(crate) struct Graph {
    /// In the order of their declaration.
    pub(crate) nodes: Vec<Node>,
    /// Every `start ->` with what follows it; a sound graph has one.
    pub(crate) entries: Vec<Place>,
    /// Statements of one stage: they say nothing.
    pub(crate) idle: Vec<Ident>,
    /// The nodes in the order in which the text places them.
    order: Vec<usize>,
}

pub(crate) struct Node {
    pub(crate) name: Ident,
    pub(crate) path: Path,
    pub(crate) variant: Ident,
    pub(crate) docs: Vec<Attribute>,
    /// Every mention in a chain, in the order of the text.
    pub(crate) mentions: Vec<Ident>,
    /// Every place where something follows the node; in a sound graph there is one.
    pub(crate) places: Vec<Place>,
    /// Whether it is declared by a statement that the expansion builds.
    pub(crate) built: bool,
}

/// A mention that something follows.
pub(crate) struct Place {
    pub(crate) at: Ident,
    pub(crate) successor: Successor,
}

/// What follows a node.
pub(crate) enum Successor {
    Then(Target),
    Route(Route),
}

/// `match path { … }`; without a path, the node has decided.
pub(crate) struct Route {
    pub(crate) keyword: Token![match],
    pub(crate) path: Option<Path>,
    pub(crate) arms: Vec<Arm>,
    /// Whether all patterns could be read; else rustc would miss some of them.
    pub(crate) complete: bool,
}

pub(crate) struct Arm {
    pub(crate) pattern: TokenStream,
    pub(crate) target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Node(usize),
    End,
    /// What could not be read, found or built; there is an error about it.
    Unknown,
}

impl Graph {
    /// The nodes in the order in which the text places them, then those that it does not place.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (usize, &Node)> {
        let unplaced = (0..self.nodes.len()).filter(|index| !self.order.contains(index));
        self.order.iter().copied().chain(unplaced).filter_map(|index| Some((index, self.nodes.get(index)?)))
    }
}

impl Node {
    /// What follows the node, if it is placed.
    pub(crate) fn successor(&self) -> Option<&Successor> {
        self.places.first().map(|place| &place.successor)
    }

    /// Where a mistake in the node's wiring is reported.
    pub(crate) fn anchor(&self) -> &Ident {
        self.places.first().map_or(&self.name, |place| &place.at)
    }
}

impl Successor {
    pub(crate) fn targets(&self) -> Vec<Target> {
        match self {
            Successor::Then(target) => vec![*target],
            Successor::Route(route) => route.arms.iter().map(|arm| arm.target).collect(),
        }
    }
}

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
        let mut stages = chain.stages.into_iter();
        let Some(first) = stages.next() else { return };
        let mut rest = stages.peekable();
        let alone = rest.peek().is_none() && chain.tail.is_none();
        let Stage::Name(name) = first else {
            self.stage(first);
            self.follow(rest.next(), rest.collect(), chain.tail);
            return;
        };
        if alone {
            if self.source(&name).is_some() {
                self.graph.idle.push(name);
            }
            return;
        }
        let source = self.source(&name);
        if let Some(Source::Node(index)) = source {
            self.place(index);
        }
        let first = rest.next();
        let successor = self.follow(first, rest.collect(), chain.tail);
        self.put(source, name, successor);
    }

    /// What a stage and its rest are to the stage before them.
    fn follow(&mut self, stage: Option<Stage>, rest: Vec<Stage>, tail: Option<Tail>) -> Successor {
        let Some(stage) = stage else {
            return match tail {
                Some(Tail::Route(route)) => Successor::Route(self.route(route)),
                // A jump to a label, which only a group or a `for` has; or what could not be read.
                Some(Tail::Jump(_)) | None => Successor::Then(Target::Unknown),
            };
        };
        let mut rest = rest.into_iter();
        let next = rest.next();
        let goes_on = next.is_some() || tail.is_some();
        let Stage::Name(name) = stage else {
            self.stage(stage);
            self.follow_if(goes_on, next, rest.collect(), tail);
            return Successor::Then(Target::Unknown);
        };
        let target = self.target(&name, goes_on);
        if goes_on {
            if let Target::Node(index) = target {
                self.place(index);
            }
            let successor = self.follow(next, rest.collect(), tail);
            if let Target::Node(index) = target {
                self.put(Some(Source::Node(index)), name, successor);
            }
        }
        Successor::Then(target)
    }

    fn follow_if(&mut self, goes_on: bool, next: Option<Stage>, rest: Vec<Stage>, tail: Option<Tail>) {
        if goes_on {
            self.follow(next, rest, tail);
        }
    }

    fn route(&mut self, route: Match) -> Route {
        let complete = route.arms.iter().all(|arm| arm.complete);
        let arms = route
            .arms
            .into_iter()
            .map(|arm| {
                let mut stages = arm.chain.stages.into_iter();
                let first = stages.next();
                let successor = self.follow(first, stages.collect(), arm.chain.tail);
                let target = match successor {
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

    fn place(&mut self, index: usize) {
        if !self.graph.order.contains(&index) {
            self.graph.order.push(index);
        }
    }

    fn put(&mut self, source: Option<Source>, at: Ident, successor: Successor) {
        let places = match source {
            Some(Source::Start) => Some(&mut self.graph.entries),
            Some(Source::Node(index)) => self.graph.nodes.get_mut(index).map(|node| &mut node.places),
            None => None,
        };
        if let Some(places) = places {
            places.push(Place { at, successor });
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

enum Source {
    Start,
    Node(usize),
}

const JOIN: &str = "`join` leaves a branch of a group, and this is none; name a node or `end`";
