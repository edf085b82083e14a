//! Chains: what follows whom, and where it stands.

use super::Resolver;
use super::names::Source;
use crate::graph::ast::{self, Chain, Stage, Tail};
use crate::graph::model::{Arm, Branch, Form, Jump, Place, Region, Route, Scope, Successor, Target};
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::iter::Peekable;
use std::vec::IntoIter;
use syn::ext::IdentExt;
use syn::{Ident, Lifetime};

impl Resolver<'_> {
    /// A chain that stands for itself: its first stage is a place, not a jump.
    pub(super) fn statement(&mut self, chain: Chain) {
        let mut rest = Rest::of(chain, None, false);
        match rest.stages.next() {
            Some(Stage::Name(name)) => {
                let source = self.source(&name);
                if !rest.is_empty() {
                    self.place(source, &name, rest);
                } else if source.is_some() {
                    self.graph.idle.push(name);
                }
            }
            Some(stage) => {
                self.region(stage, rest);
            }
            // What could not be read.
            None => {}
        }
    }

    /// What the rest of a chain is to `from`, which stands before it.
    fn follow(&mut self, mut rest: Rest, from: &str) -> Successor {
        match rest.stages.next() {
            Some(Stage::Name(name)) => Successor::Then(self.name(&name, rest, from)),
            Some(stage) => Successor::Then(self.region(stage, rest)),
            None => match rest.tail {
                Some(Tail::Route(route)) => Successor::Route(self.route(route, rest.scope, from)),
                Some(Tail::Jump(label)) => Successor::Then(self.label(label, rest.scope, from)),
                // What could not be read.
                None => Successor::Then(Target::Unknown),
            },
        }
    }

    /// A name that is a place if something follows it or if it leaves its branch, and else a jump.
    fn name(&mut self, name: &Ident, mut rest: Rest, from: &str) -> Target {
        let goes_on = !rest.is_empty();
        let target = self.target(name, goes_on, rest.scope);
        match target {
            Target::Node(index) if goes_on || rest.joins => self.place(Some(Source::Node(index)), name, rest),
            Target::Node(_) => self.graph.jumps.push(Jump {
                at: name.to_token_stream(),
                from: from.to_owned(),
                scope: rest.scope,
                target,
                label: None,
            }),
            // A name that means nothing is no place, but what follows it is looked up.
            _ if goes_on => self.place(None, name, rest),
            _ => {}
        }
        target
    }

    /// Puts the rest of a chain behind `source`.
    fn place(&mut self, source: Option<Source>, at: &Ident, rest: Rest) {
        let scope = rest.scope;
        if let Some(Source::Node(index)) = source
            && let Some(node) = self.graph.nodes.get_mut(index)
            && node.places.is_empty()
        {
            self.graph.order.push(index);
            node.scope = scope;
        }
        // The place is taken before what follows it takes its own, for the first in the text is the right one.
        let place = Place { at: at.to_token_stream(), scope, successor: Successor::Then(Target::Unknown) };
        let index = self.places(source).map_or(0, |places| {
            places.push(place);
            places.len() - 1
        });
        let successor = self.behind(rest, &format!("`{}`", at.unraw()));
        if let Some(place) = self.places(source).and_then(|places| places.get_mut(index)) {
            place.successor = successor;
        }
    }

    /// Where the places of `source` are kept; a name that means nothing has none.
    fn places(&mut self, source: Option<Source>) -> Option<&mut Vec<Place>> {
        match source? {
            Source::Start => Some(&mut self.graph.entries),
            Source::Node(index) => self.graph.nodes.get_mut(index).map(|node| &mut node.places),
        }
    }

    /// What follows a stage that is placed: the last one of a branch leaves it.
    fn behind(&mut self, mut rest: Rest, from: &str) -> Successor {
        if rest.is_empty() { Successor::Then(Target::Join) } else { self.follow(rest, from) }
    }

    fn route(&mut self, route: ast::Route, scope: Option<Scope>, from: &str) -> Route {
        let complete = route.arms.iter().all(|arm| arm.complete);
        let arms = route
            .arms
            .into_iter()
            .map(|arm| {
                let target = self.first(Rest::of(arm.chain, scope, false), from);
                Arm { pattern: arm.pattern, target }
            })
            .collect();
        Route { keyword: route.keyword, path: route.path, arms, complete }
    }

    /// What an arm or a branch begins with.
    fn first(&mut self, rest: Rest, from: &str) -> Target {
        match self.follow(rest, from) {
            Successor::Then(target) => target,
            // Which is an error of the parser's.
            Successor::Route(_) => Target::Unknown,
        }
    }

    fn label(&mut self, label: Lifetime, scope: Option<Scope>, from: &str) -> Target {
        let region = self.labels.get(&label.ident.to_string());
        let target = region.map_or(Target::Unknown, |&region| Target::Region(region));
        self.graph.jumps.push(Jump {
            at: label.to_token_stream(),
            from: from.to_owned(),
            scope,
            target,
            label: Some(label),
        });
        target
    }

    /// A group or a `for`, with the rest of the chain behind it.
    fn region(&mut self, stage: Stage, mut rest: Rest) -> Target {
        let scope = rest.scope;
        let index = self.graph.regions.len();
        let (at, noun) = match stage {
            // No region; never asked for.
            Stage::Name(_) => return Target::Unknown,
            Stage::Group(group) => (self.group(group, scope), "this group"),
            Stage::Each(each) => (self.each(*each, scope), "this `for`"),
        };
        if !rest.is_empty() || rest.joins {
            let successor = self.behind(rest, noun);
            if let Some(region) = self.graph.regions.get_mut(index) {
                region.places.push(Place { at, scope, successor });
            }
        }
        Target::Region(index)
    }

    fn group(&mut self, group: ast::Group, scope: Option<Scope>) -> TokenStream {
        let ast::Group { label, parentheses: at, branches } = group;
        let region = self.graph.regions.len();
        let form = Form::Group(Vec::new());
        self.graph.regions.push(Region { label, at: at.clone(), scope, places: Vec::new(), form });
        for (branch, ast::Branch { chain, condition }) in branches.into_iter().enumerate() {
            let first = self.branch(chain, Scope { region, branch });
            if let Some(Region { form: Form::Group(branches), .. }) = self.graph.regions.get_mut(region) {
                branches.push(Branch { first, condition });
            }
        }
        at
    }

    fn each(&mut self, each: ast::Each, scope: Option<Scope>) -> TokenStream {
        let ast::Each { label, attributes, keyword, items, item, chain } = each;
        let region = self.graph.regions.len();
        let at = keyword.to_token_stream();
        let branch = Branch { first: Target::Unknown, condition: None };
        let form = Form::Each { items, item, attributes, branch };
        self.graph.regions.push(Region { label, at: at.clone(), scope, places: Vec::new(), form });
        let first = self.branch(chain, Scope { region, branch: 0 });
        if let Some(Region { form: Form::Each { branch, .. }, .. }) = self.graph.regions.get_mut(region) {
            branch.first = first;
        }
        at
    }

    /// What the chain of a branch begins with.
    fn branch(&mut self, chain: Chain, scope: Scope) -> Target {
        if let [Stage::Name(only)] = chain.stages.as_slice()
            && only == "join"
        {
            self.misused(only, "this branch does nothing; name a node before `join`, or take the branch out");
        }
        self.first(Rest::of(chain, Some(scope), true), "this branch")
    }
}

/// What is left of a chain.
struct Rest {
    stages: Peekable<IntoIter<Stage>>,
    tail: Option<Tail>,
    /// Where the chain stands.
    scope: Option<Scope>,
    /// Whether its last stage leaves the branch: it does in the chain of a branch itself, outside the arms in it.
    joins: bool,
}

impl Rest {
    fn of(chain: Chain, scope: Option<Scope>, joins: bool) -> Rest {
        Rest { stages: chain.stages.into_iter().peekable(), tail: chain.tail, scope, joins }
    }

    fn is_empty(&mut self) -> bool {
        self.stages.peek().is_none() && self.tail.is_none()
    }
}
