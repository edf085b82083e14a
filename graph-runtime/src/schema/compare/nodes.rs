//! What a change of nodes means, and of where they stand.

use super::{Changes, Class, pairs};
use crate::schema::{Kind, Loop, Node, Schema};
use std::collections::HashMap;

impl Changes {
    pub(super) fn nodes(&mut self, place: &str, old: &Schema, new: &Schema) {
        let pairs = pairs(&old.nodes, &new.nodes, |node| (&node.name, &node.former));
        let mut fresh: Vec<&Node> =
            new.nodes.iter().filter(|node| !pairs.iter().any(|(_, now)| now.name == node.name)).collect();
        let mut scopes = Scopes::default();
        for (before, now) in &pairs {
            let what = format!("{} `{}` of {place}", noun(now.kind), now.name);
            if before.name != now.name {
                self.add(Class::Safe, format!("{what} was called `{}`, which it says", before.name));
            }
            self.forgotten(&what, (&now.name, &now.former), &before.former, "above it");
            self.node(&what, before, now);
            if !scopes.agree(before, now) {
                let remedy =
                    "keep it there until no thread is at it, or give the node that stands elsewhere a new name";
                self.add(Class::BreaksThreadsInFlight, format!("{what} stands in another group or `for`; {remedy}"));
            }
        }
        for gone in old.nodes.iter().filter(|node| !pairs.iter().any(|(before, _)| before.name == node.name)) {
            let what = format!("{} `{}` of {place} is gone", noun(gone.kind), gone.name);
            let same = |node: &&Node| node.kind == gone.kind && node.within.len() == gone.within.len();
            if let Some(at) = fresh.iter().position(same) {
                let heir = fresh.remove(at);
                let remedy = format!(
                    "if it is `{}` now, write `#[renamed_from(\"{}\")]` above that, else threads that are at it cannot go on",
                    heir.name, gone.name
                );
                self.add(Class::NeedsAlias, format!("{what}; {remedy}"));
            } else {
                let remedy = "threads that are at it cannot go on: keep it until there are none";
                self.add(Class::BreaksThreadsInFlight, format!("{what}; {remedy}"));
            }
        }
        for node in fresh {
            self.add(Class::Safe, format!("{} `{}` of {place} is new", noun(node.kind), node.name));
        }
        self.loops(place, old, new, &scopes);
    }

    fn node(&mut self, what: &str, old: &Node, new: &Node) {
        if old.kind != new.kind {
            let text = format!(
                "{what} was a {}; give it a new name, and keep the old one until no thread is at it",
                noun(old.kind)
            );
            return self.add(Class::BreaksThreadsInFlight, text);
        }
        if let (Some(before), Some(now)) = (&old.reply, &new.reply)
            && !now.is(before)
        {
            let remedy = "replies that were delivered and not taken yet cannot be read: let those threads go on first";
            self.add(
                Class::BreaksThreadsInFlight,
                format!("{what} waited for {before}, and waits for {now}; {remedy}"),
            );
        }
        match (old.keeps, new.keeps) {
            (true, false) => self.add(Class::Safe, format!("{what} keeps nothing any more; what it kept is dropped")),
            (false, true) => self.add(Class::Safe, format!("{what} keeps its state over the thread from now on")),
            _ => {}
        }
        if let (Some(before), Some(now)) = (&old.inner, &new.inner) {
            self.graph(what, before, now);
        }
    }

    fn loops(&mut self, place: &str, old: &Schema, new: &Schema, scopes: &Scopes) {
        for before in &old.loops {
            // One whose nodes are all gone is told by them.
            let Some(name) = scopes.now.get(&before.name) else { continue };
            let Some(Loop { items, .. }) = new.loops.iter().find(|now| now.name == *name) else { continue };
            if !items.is(&before.items) {
                let remedy = "threads that are inside of it cannot go on: let those finish first";
                let text = format!(
                    "the items of `{}` of {place} were {}, and are {items}; {remedy}",
                    before.name, before.items
                );
                self.add(Class::BreaksThreadsInFlight, text);
            }
        }
    }
}

/// The groups and `for`s of one schema by those of another, as the nodes in them tell: their names are made of nodes.
#[derive(Default)]
struct Scopes {
    now: HashMap<String, String>,
    before: HashMap<String, String>,
}

impl Scopes {
    /// Whether a node stands where it stood, with the same ones beside it.
    fn agree(&mut self, old: &Node, new: &Node) -> bool {
        let pairs = || old.within.iter().zip(&new.within);
        old.within.len() == new.within.len()
            && pairs().all(|(before, now)| is_loop(before) == is_loop(now))
            && pairs().all(|(before, now)| {
                let there = self.now.entry(before.clone()).or_insert_with(|| now.clone()) == now;
                there && self.before.entry(now.clone()).or_insert_with(|| before.clone()) == before
            })
    }
}

fn is_loop(scope: &str) -> bool {
    scope.starts_with("for ")
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Function => "node",
        Kind::Pause => "pause",
        Kind::Subgraph => "subgraph",
    }
}
