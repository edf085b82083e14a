//! A stored position is opened by a newer graph: what still fits goes on, what does not is refused by name and unchanged.
//!
//! Every case is two graphs of one name, in two modules.

#![allow(clippy::trivially_copy_pass_by_ref, reason = "functions in a `for` take their item by reference")]

use futures_lite::future::block_on;
use graph_runtime::{
    CheckpointId, Checkpointer, Definition, Error, GraphState, MemorySaver, Outcome, Snapshot, Update, graph,
};
use graph_tests::thread_of;
use serde::{Deserialize, Serialize};

#[derive(GraphState, Debug, PartialEq)]
struct Trail {
    #[reduce(append)]
    seen: Vec<String>,
}

macro_rules! visits {
    ($($name:ident)*) => { $(
        fn $name(_: &Trail) -> impl Update<Trail> + use<> {
            Trail::update().seen([stringify!($name).to_owned()])
        }
    )* };
}

visits! { a b c d e f }

fn items(_: &Trail) -> [u32; 2] {
    [7, 8]
}

fn more_items(_: &Trail) -> [u32; 3] {
    [1, 2, 3]
}

#[derive(Serialize, Deserialize)]
struct Item {
    number: u32,
}

fn named_items(_: &Trail) -> [Item; 2] {
    [7, 8].map(|number| Item { number })
}

fn visit(_: &Trail, item: &u32) -> impl Update<Trail> + use<> {
    Trail::update().seen([format!("visit {item}")])
}

fn visit_named(_: &Trail, item: &Item) -> impl Update<Trail> + use<> {
    Trail::update().seen([format!("visit {}", item.number)])
}

fn pass(_: &Trail) {}

fn hand_over(_: &Trail, child: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().seen(child.seen.clone())
}

/// Everything that the store holds of the thread.
fn stored(saver: &MemorySaver) -> impl PartialEq + std::fmt::Debug + use<> {
    let key = thread_of("Deployed", "a");
    block_on(async {
        let head = saver.head(&key).await.unwrap();
        let records = saver.range(&key, None, usize::MAX).await.unwrap();
        let mut beside = Vec::new();
        for (id, _) in &records {
            beside.push(saver.pending(&key, CheckpointId(id.0)).await.unwrap());
        }
        (head, records, beside)
    })
}

/// Stops the older graph after so many steps, and opens its thread with the newer one.
fn deploy<Old, New>(steps: u64) -> (MemorySaver, graph_runtime::Thread<New>, Result<Option<Snapshot<New>>, Error>)
where
    Old: Definition<State = Trail, Context = ()>,
    New: Definition<State = Trail, Context = ()>,
{
    let saver = MemorySaver::new();
    let old = graph_runtime::Builder::<Old>::new().context(()).checkpointer(saver.clone()).step_limit(steps).build();
    assert!(matches!(block_on(old.thread("a").invoke(())).unwrap(), Outcome::Stopped(_)));
    let new = graph_runtime::Builder::<New>::new().context(()).checkpointer(saver.clone()).build().thread("a");
    let snapshot = block_on(new.snapshot());
    (saver, new, snapshot)
}

/// What the thread sees when the newer graph goes on with it.
fn goes_on<Old, New>(steps: u64) -> String
where
    Old: Definition<State = Trail, Context = ()>,
    New: Definition<State = Trail, Context = ()>,
{
    let (_, new, snapshot) = deploy::<Old, New>(steps);
    assert!(!snapshot.unwrap().unwrap().tasks.is_empty());
    block_on(new.resume()).unwrap().finished().unwrap().seen.join(" ")
}

/// What the newer graph says, after nothing of what is stored has changed.
fn refused<Old, New>(steps: u64) -> String
where
    Old: Definition<State = Trail, Context = ()>,
    New: Definition<State = Trail, Context = ()>,
{
    let (saver, new, snapshot) = deploy::<Old, New>(steps);
    let before = stored(&saver);
    let Err(Error::Incompatible { reason, .. }) = block_on(new.resume()) else { panic!("it does not fit") };
    assert!(matches!(snapshot, Err(Error::Incompatible { reason: same, .. }) if same == reason));
    assert!(matches!(block_on(new.invoke(())), Err(Error::Unfinished { .. })));
    assert!(matches!(block_on(new.resume_or_invoke(())), Err(Error::Incompatible { .. })));
    assert_eq!(stored(&saver), before, "nothing has changed");
    // The state fits, so that whoever does not want the work can drop it.
    assert!(block_on(new.invoke(()).restart()).unwrap().finished().is_ok());
    reason
}

macro_rules! graphs {
    ($($module:ident { $($text:tt)* })*) => { $(
        mod $module {
            use super::*;

            graph! {
                pub(super) graph Deployed<Trail>;
                $($text)*
            }
        }
    )* };
}

graphs! {
    group { node a, b, c, d; start -> a -> (b -> c, d) -> end; }
    branch_added { node e, a, b, c, d; start -> a -> (e, b -> c, d) -> end; }
    order_changed { node d, c, b, a; start -> a -> (d, b -> c) -> end; }
    node_added { node a, b, c, d, e, f; start -> a -> (b -> e -> c, d) -> f -> end; }
    moved_out { node a, b, c, d; start -> a -> (b -> c) -> d -> end; }
    moved_together { node a, b, c, d; start -> a -> (b -> d -> c, a_too) -> end; node a_too = a; }
    renamed { node a, better = b, c, d; start -> a -> (better -> c, d) -> end; }
    nested { node a, b, c, d; start -> a -> ((b -> c, d)) -> end; }
    condition { node a, b, c, d; start -> a -> (b -> c if never, d if never) -> end; }
}

fn never(_: &Trail) -> bool {
    false
}

#[test]
fn branches_nodes_and_their_order_may_change() {
    for (steps, seen) in [(0, "a b d c"), (1, "a b d c"), (2, "a b d c")] {
        assert_eq!(goes_on::<group::Deployed, group::Deployed>(steps), seen);
        assert_eq!(goes_on::<group::Deployed, nested::Deployed>(steps), seen);
    }
    assert_eq!(goes_on::<group::Deployed, branch_added::Deployed>(0), "a e b d c", "not there yet");
    assert_eq!(goes_on::<group::Deployed, branch_added::Deployed>(1), "a b d c", "the group was open");
    assert_eq!(goes_on::<group::Deployed, order_changed::Deployed>(1), "a d b c");
    assert_eq!(goes_on::<group::Deployed, node_added::Deployed>(1), "a b d e c f");
    assert_eq!(goes_on::<group::Deployed, node_added::Deployed>(2), "a b d c f");
    assert_eq!(goes_on::<group::Deployed, condition::Deployed>(1), "a b d c", "conditions are read when a group opens");
    assert_eq!(goes_on::<group::Deployed, moved_out::Deployed>(2), "a b d c d", "`c` stands where it stood");
}

#[test]
fn a_node_that_moved_or_is_gone_is_named() {
    let moved = "stands in another group or `for` now; put it back";
    assert_eq!(refused::<group::Deployed, moved_out::Deployed>(1), format!("node `d` {moved}"));
    assert_eq!(refused::<group::Deployed, moved_together::Deployed>(1), format!("node `d` {moved}"));
    let gone = "the graph has no node `b`; put it back, or tell `#[renamed_from]` which one it is now";
    assert_eq!(refused::<group::Deployed, renamed::Deployed>(1), gone);
}

graphs! {
    each { node a, visit, b, c; start -> a -> for items(u32) { visit -> b } -> c -> end; }
    listed_otherwise { node a, visit, b, c; start -> a -> for more_items(u32) { visit -> b } -> c -> end; }
    first_added { node a, visit, b, c, d; start -> a -> for items(u32) { d -> visit -> b } -> c -> end; }
    last_added { node a, visit, b, c, d; start -> a -> for items(u32) { visit -> b -> d } -> c -> end; }
    group_within { node a, visit, b, c, d; start -> a -> for items(u32) { (visit -> b, d) } -> c -> end; }
    for_removed { node a, visit = d, b, c; start -> a -> visit -> b -> c -> end; }
    for_added { node a, visit, b, c; start -> a -> for items(u32) { for more_items(u32) { visit -> b } } -> c -> end; }
    retyped { node a, visit = visit_named, b, c; start -> a -> for named_items(Item) { visit -> b } -> c -> end; }
}

#[test]
fn what_surrounds_the_items_may_change() {
    let seen = "a visit 7 visit 8 b b c";
    for steps in [1, 2] {
        assert_eq!(goes_on::<each::Deployed, each::Deployed>(steps), seen);
        assert_eq!(goes_on::<each::Deployed, listed_otherwise::Deployed>(steps), seen, "the items are stored");
        assert_eq!(goes_on::<each::Deployed, first_added::Deployed>(steps), seen);
        assert_eq!(goes_on::<each::Deployed, group_within::Deployed>(steps), seen);
    }
    assert_eq!(goes_on::<each::Deployed, last_added::Deployed>(2), "a visit 7 visit 8 b b d d c");
}

/// Above 1 KiB, so that the steps of the newer graph are stored as what they changed.
fn long(_: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().seen((0..200).map(|line| format!("line {line}")))
}

graphs! {
    long_each { node long, visit, b, c; start -> long -> for items(u32) { visit -> b } -> c -> end; }
    long_first_added { node long, visit, b, c, d; start -> long -> for items(u32) { d -> visit -> b } -> c -> end; }
}

#[test]
fn what_a_newer_graph_stored_in_a_for_that_it_calls_otherwise_reads_back() {
    let saver = MemorySaver::new();
    let old = long_each::Deployed::builder().checkpointer(saver.clone()).step_limit(1).build();
    assert!(matches!(block_on(old.thread("a").invoke(())).unwrap(), Outcome::Stopped(_)));
    let new = long_first_added::Deployed::builder().checkpointer(saver.clone()).step_limit(1).build().thread("a");
    assert!(matches!(block_on(new.resume()).unwrap(), Outcome::Stopped(_)));
    assert_eq!(block_on(new.snapshot()).unwrap().unwrap().tasks.len(), 2, "both items are at `b`");
    assert!(matches!(block_on(new.resume()).unwrap(), Outcome::Stopped(_)));
    let state = block_on(new.resume()).unwrap().finished().unwrap();
    assert_eq!(state.seen[200..].join(" "), "visit 7 visit 8 b b c");
}

#[test]
fn a_for_that_is_gone_and_items_of_another_type_are_named() {
    for steps in [1, 2] {
        let node = if steps == 1 { "visit" } else { "b" };
        let reason = refused::<each::Deployed, for_removed::Deployed>(steps);
        assert!(reason.contains("`for`") && reason.contains("visit"), "{node}: {reason}");
        let reason = refused::<each::Deployed, retyped::Deployed>(steps);
        assert_eq!(reason, "the items of `for named_items` are stored with another type; put the old type back");
        let reason = refused::<each::Deployed, for_added::Deployed>(steps);
        assert!(reason.contains(node), "{reason}");
    }
}

mod child {
    use super::*;
    graph! { pub(super) graph Child<Trail>; node a, b; start -> a -> b -> end; }
}

mod newer_child {
    use super::*;
    graph! { pub(super) graph Child<Trail>; node a, more = c; start -> a -> more -> end; }
}

graphs! {
    parent { subgraph sub = child::Child(pass, hand_over); node f; start -> sub -> f -> end; }
    parent_extended { node e, f; subgraph sub = child::Child(pass, hand_over); start -> (sub, e) -> f -> end; }
    parent_of_newer { subgraph sub = newer_child::Child(pass, hand_over); node f; start -> sub -> f -> end; }
    parent_of_none { node sub = d, f; start -> sub -> f -> end; }
}

#[test]
fn the_position_of_a_subgraph_is_judged_by_the_newer_subgraph() {
    assert_eq!(goes_on::<parent::Deployed, parent::Deployed>(1), "a b f");
    assert_eq!(goes_on::<parent::Deployed, parent_of_newer::Deployed>(0), "a c f");
    assert!(refused::<parent::Deployed, parent_of_newer::Deployed>(1).contains("`b`"));
    assert!(refused::<parent::Deployed, parent_of_none::Deployed>(1).contains("`sub` was a subgraph"));
    assert!(refused::<parent_of_none::Deployed, parent::Deployed>(0).contains("`sub` has become a subgraph"));
    assert_eq!(
        goes_on::<parent::Deployed, parent_extended::Deployed>(1),
        "a b f",
        "as a branch of a group that is open"
    );
}
