//! A snapshot as a picture: the graph's drawing, and where the thread is in it.

use crate::drawing::{Colour, Marked};
use crate::graph::engine::former;
use crate::graph::engine::items::Items;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::path::TaskPath;
use crate::graph::engine::position::Position;
use crate::thread::Snapshot;
use crate::thread::Visits;
use crate::thread::Waiting;
use crate::{Definition, NodeName, Status};
use std::collections::{BTreeMap, HashSet};

impl<G: Definition> Snapshot<G> {
    /// Draws the graph as SVG, with the thread's place in it: what runs next is blue, what waits for a reply amber, what
    /// failed red, and the end green once it is reached. A `for` says how many of its items are left, such as `3 of 10`.
    ///
    /// The picture is that of the rustdoc of the graph's type, made at compile time. It takes the colour of the text around
    /// it, so it can stand in a light page and in a dark one. It shows nothing of the state. What goes on inside of a subgraph
    /// is a mark at its box.
    ///
    /// `None` for a graph with more than 150 nodes and regions, which nobody could read.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).step_limit(0).build().thread("a");
    /// let _ = thread.invoke(()).await?; // stops at the limit
    /// let snapshot = thread.snapshot().await?.expect("the thread has begun");
    /// let svg = snapshot.svg().expect("the graph is small");
    /// assert!(svg.starts_with("<svg ") && svg.contains(">next</text>"));
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn svg(&self) -> Option<String> {
        self.marked().map(Marked::finish)
    }

    /// [`Snapshot::svg`], with how often each node has run at its box: `×12`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// let snapshot = thread.snapshot().await?.expect("the thread has run");
    /// let svg = snapshot.svg_with(&thread.visits().await?).expect("the graph is small");
    /// assert!(svg.contains(">×1</text>"));
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn svg_with(&self, visits: &Visits<G>) -> Option<String> {
        let mut marked = self.marked()?;
        for (node, count) in visits.iter().filter(|(_, count)| *count > 0) {
            if let Some(&at) = G::DRAWING.and_then(|drawing| drawing.nodes.get(node.index())) {
                marked.above(at, Colour::Grey, &format!("×{count}"));
            }
        }
        Some(marked.finish())
    }

    fn marked(&self) -> Option<Marked> {
        let drawing = G::DRAWING?;
        let mut marked = Marked::new(drawing);
        for (&node, &at) in G::Node::ALL.iter().zip(drawing.nodes) {
            let at_node = |task: &&str| former::present::<G>(outermost(task)) == node.name();
            let failed = self.failures.iter().map(|failure| failure.task.as_str()).filter(at_node).count();
            let waiting = self.waiting.iter().map(Waiting::task).filter(at_node).count();
            let tasks = self.tasks.iter().map(String::as_str).filter(at_node).count();
            let next = tasks.saturating_sub(failed + waiting);
            let badges =
                [(failed, "failed", Colour::Red), (waiting, "waiting", Colour::Amber), (next, "next", Colour::Blue)];
            let badges = badges.into_iter().filter(|(count, ..)| *count > 0);
            let badges = badges.map(|(count, what, colour)| (colour, counted(count, what))).collect::<Vec<_>>();
            if let Some((colour, _)) = badges.first() {
                marked.border(at, *colour);
                marked.below(at, &badges);
            }
        }
        for ItemsLeft { region, left, total } in &self.items {
            if let Some(&at) = drawing.regions.get(*region) {
                marked.above(at, Colour::Blue, &format!("{left} of {total}"));
            }
        }
        if self.status == Status::Finished {
            marked.border(drawing.end, Colour::Green);
        }
        Some(marked)
    }
}

/// How far a `for` is, in all places where it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::thread) struct ItemsLeft {
    region: usize,
    /// The items that have something to run.
    left: usize,
    total: usize,
}

impl ItemsLeft {
    /// Of every `for` that is open.
    pub(in crate::thread) fn of<G: Definition>(machine: &Machine<G>) -> Vec<ItemsLeft> {
        let Position { tasks, regions, .. } = &machine.position;
        let mut found: BTreeMap<usize, ItemsLeft> = BTreeMap::new();
        let empty = |region| ItemsLeft { region, left: 0, total: 0 };
        for (_, open) in regions {
            if let Some(items) = &open.items {
                found.entry(open.region).or_insert(empty(open.region)).total += items.count();
            }
        }
        let mut seen = HashSet::new();
        for task in tasks {
            let mut runs = false;
            machine.visit(&TaskPath::new(), task, &mut |_, _| runs = true);
            let mut place = task.place.filter(|_| runs);
            while let Some((open, here)) = place.and_then(|here| Some((regions.get(here.region)?, here))) {
                if open.items.is_some() && seen.insert(here) {
                    found.entry(open.region).or_insert(empty(open.region)).left += 1;
                }
                place = open.outer;
            }
        }
        found.into_values().collect()
    }
}

/// The node of the graph itself that a task belongs to: `research` of `research[3]/search`.
fn outermost(task: &str) -> &str {
    task.split(['/', '[']).next().unwrap_or(task)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { what.to_owned() } else { format!("{count} {what}") }
}
