//! What a change of a schema means for the threads that are stored.

use super::{Field, Kind, Loop, Node, Schema, Type};
use std::collections::HashMap;
use std::fmt;

/// One difference between two schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What it means for stored threads.
    pub class: Class,
    /// What has changed, and what to do: one line.
    pub text: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.text)
    }
}

/// What a change means for stored threads; the gravest is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// They go on.
    Safe,
    /// A name that they hold is known no longer: an attribute says what it is called now.
    NeedsAlias,
    /// A type of which they hold values has changed: an attribute names the old one and the way to the new one.
    NeedsMigration,
    /// Those that stand at certain nodes cannot go on; all others can.
    BreaksThreadsInFlight,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Safe => "safe",
            Class::NeedsAlias => "needs an alias",
            Class::NeedsMigration => "needs a migration",
            Class::BreaksThreadsInFlight => "breaks threads in flight",
        })
    }
}

impl Schema {
    /// What has changed since an older schema, in the order of the fields and nodes.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::schema::Class;
    /// # use graph_runtime::{GraphState, Update, graph};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// let mut older = Counter::schema();
    /// older.state.clear();
    /// let changes = Counter::schema().changes_since(&older);
    /// assert_eq!(changes[0].class, Class::Safe);
    /// assert_eq!(changes[0].text, "field `total` of graph `Counter` is new; threads that lack it start with its default");
    /// ```
    #[must_use]
    pub fn changes_since(&self, older: &Schema) -> Vec<Change> {
        let mut changes = Changes { list: Vec::new() };
        if self.graph != older.graph {
            let named = format!("graph `{}` is called `{}` now", older.graph, self.graph);
            if self.former.contains(&older.graph) {
                changes.add(Class::Safe, format!("{named}; it finds the threads of both names"));
            } else {
                let remedy = format!("write `#[renamed_from(\"{}\")]` above its header", older.graph);
                changes.add(Class::NeedsAlias, format!("{named}, and loses its threads; {remedy}"));
            }
        }
        let place = format!("graph `{}`", self.graph);
        changes.forgotten(&place, (&self.graph, &self.former), &older.former, "above its header");
        changes.graph(&place, older, self);
        changes.list
    }
}

struct Changes {
    list: Vec<Change>,
}

impl Changes {
    fn add(&mut self, class: Class, text: String) {
        self.list.push(Change { class, text });
    }

    /// A graph and those inside it.
    fn graph(&mut self, place: &str, old: &Schema, new: &Schema) {
        self.fields(place, &old.state, &new.state);
        self.nodes(place, old, new);
    }

    /// Names that something says no longer that it had.
    fn forgotten(&mut self, what: &str, (name, former): (&str, &[String]), before: &[String], where_: &str) {
        for lost in before.iter().filter(|lost| *lost != name && !former.contains(lost)) {
            let remedy = format!("put `\"{lost}\"` back into `renamed_from` {where_}, unless no stored thread has it");
            self.add(Class::NeedsAlias, format!("{what} does not say any more that it was called `{lost}`; {remedy}"));
        }
    }

    fn fields(&mut self, place: &str, old: &[Field], new: &[Field]) {
        let pairs = pairs(old, new, |field| (&field.name, &field.former));
        let mut fresh: Vec<&Field> =
            new.iter().filter(|field| !pairs.iter().any(|(_, now)| now.name == field.name)).collect();
        for (before, now) in &pairs {
            self.field(place, before, now);
        }
        for gone in old.iter().filter(|field| !pairs.iter().any(|(before, _)| before.name == field.name)) {
            let what = format!("field `{}` of {place} is gone", gone.name);
            if let Some(at) = fresh.iter().position(|field| field.ty.is(&gone.ty)) {
                let heir = fresh.remove(at);
                let remedy = format!("`#[state(renamed_from = \"{}\")]` on `{}`", gone.name, heir.name);
                self.add(Class::NeedsAlias, format!("{what}, and `{}` has its type; if it is that field, write {remedy}, else its values are dropped", heir.name));
            } else {
                self.add(Class::Safe, format!("{what}; what stored threads hold of it is dropped"));
            }
        }
        for field in fresh {
            let text = format!("field `{}` of {place} is new; threads that lack it start with its default", field.name);
            self.add(Class::Safe, text);
        }
    }

    fn field(&mut self, place: &str, old: &Field, new: &Field) {
        let what = format!("field `{}` of {place}", new.name);
        if old.name != new.name {
            self.add(Class::Safe, format!("{what} was called `{}`, which it says", old.name));
        }
        self.forgotten(&what, (&new.name, &new.former), &old.former, "on it");
        if !new.ty.is(&old.ty) {
            self.retyped(&what, old, new);
        } else if new.ty.container != old.ty.container {
            self.contained(&what, old, new);
        }
        let reads =
            |now: &Type, ty: &Type| now.has_structure(ty) && (ty.container.is_none() || now.container == ty.container);
        let known = |ty: &Type| reads(&new.ty, ty) || new.migrates.iter().any(|from| reads(from, ty));
        for lost in old.migrates.iter().filter(|lost| !known(lost)) {
            let remedy = "put that back, unless no stored thread holds it";
            self.add(Class::NeedsMigration, format!("{what} does not migrate from {lost} any more; {remedy}"));
        }
        if old.reducer != new.reducer {
            let reducer = |field: &Field| {
                field.reducer.as_ref().map_or("no reducer".to_owned(), |reducer| format!("`{reducer}`"))
            };
            let text = format!(
                "{what} had {}, and has {}; threads that were interrupted within a step hold writes to it that cannot be read: let those finish first",
                reducer(old),
                reducer(new)
            );
            self.add(Class::BreaksThreadsInFlight, text);
        }
        if old.ephemeral != new.ephemeral {
            let lasts = if new.ephemeral { "one step" } else { "longer than one step" };
            self.add(Class::Safe, format!("{what} lasts for {lasts} now; what is stored of it is read"));
        }
    }

    fn retyped(&mut self, what: &str, old: &Field, new: &Field) {
        if new.migrates.iter().any(|from| from.has_structure(&old.ty) && takes_changes(from, old)) {
            let text = format!("{what} was {}, from which it migrates to {}", old.ty, new.ty);
            return self.add(Class::Safe, text);
        }
        let changed = format!("{what} was {}, and is {}", old.ty, new.ty);
        let remedy = "write `#[state(migrate(from = Old, with = path))]` on it, or give it a new name";
        self.add(Class::NeedsMigration, format!("{changed}; {remedy}"));
    }

    /// A container became one of another kind, and its structure stayed.
    fn contained(&mut self, what: &str, old: &Field, new: &Field) {
        let (before, now) = (old.ty.kind(), new.ty.kind());
        let changed = format!("{what} was {before}, and is {now}");
        if takes_changes(&new.ty, old) {
            return self.add(Class::Safe, format!("{changed}; what stored threads hold of it is read"));
        }
        if new.migrates.iter().any(|from| from.has_structure(&old.ty) && takes_changes(from, old)) {
            return self.add(Class::Safe, format!("{what} was {before}, from which it migrates"));
        }
        let text = format!(
            "{changed}; threads whose newest records hold changes of it cannot be read: write \
             `#[state(migrate(from = Old, with = path))]` on it, or give it a new name"
        );
        self.add(Class::NeedsMigration, text);
    }

    fn nodes(&mut self, place: &str, old: &Schema, new: &Schema) {
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

/// Whether this type takes what records hold of changes in a field, if they hold any: there are some of containers whose
/// reducer tells what it does.
fn takes_changes(ty: &Type, field: &Field) -> bool {
    let tells = |reducer: &str| ["append", "merge"].contains(&reducer) || reducer.starts_with("upsert");
    let piecewise = !field.ephemeral && field.reducer.as_deref().is_some_and(tells);
    !piecewise || field.ty.container.is_none() || ty.container == field.ty.container
}

/// Which of the old ones each of the new ones is: by its name, or by one that it had.
fn pairs<'a, T>(
    old: &'a [T],
    new: &'a [T],
    names: impl Fn(&'a T) -> (&'a String, &'a Vec<String>),
) -> Vec<(&'a T, &'a T)> {
    let find = |name: &String| old.iter().find(|before| names(before).0 == name);
    let before = |now: &'a T| {
        let (name, former) = names(now);
        find(name).or_else(|| former.iter().find_map(find))
    };
    new.iter().filter_map(|now| Some((before(now)?, now))).collect()
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
