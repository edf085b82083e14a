//! What a change of a schema means for the threads that are stored.

mod fields;
mod nodes;

use super::Schema;
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
