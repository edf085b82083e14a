//! A newer program has other names for the nodes of a `for`, of a group and of a subgraph, or for the subgraph itself, between any
//! two steps of a stored thread: it goes on as if nothing was.
//!
//! Every case is two or three programs over one store, each in a module of its own. A kill is a run that is dropped.

#![allow(clippy::trivially_copy_pass_by_ref, reason = "functions in a `for` take their item by reference")]

use futures_lite::future::{block_on, pending};
use graph_runtime::{Builder, Command, Ctx, Definition, Error, Graph, GraphState, MemorySaver, Outcome, Update, graph};
use graph_tests::kill;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Whether the nodes that call it never come back.
type Hangs = AtomicBool;

fn graph_of<G: Definition<Context = Hangs>>(saver: &MemorySaver, hangs: bool, steps: u64) -> Graph<G> {
    Builder::<G>::new().context(Arc::new(Hangs::new(hangs))).checkpointer(saver.clone()).step_limit(steps).build()
}

/// More than what a record with changes is worth for.
fn weight() -> String {
    "x".repeat(20_000)
}

#[derive(GraphState, Debug, PartialEq)]
struct Trail {
    weight: String,
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

visits! { a b c }

fn items(_: &Trail) -> [u32; 2] {
    [7, 8]
}

fn fetch(_: &Trail, item: &u32) -> impl Update<Trail> + use<> {
    Trail::update().seen([format!("fetch {item}")])
}

fn hang(_: &Trail, item: &u32, cx: &Ctx<Hangs>) -> impl Future<Output = impl Update<Trail> + use<>> + Send + use<> {
    let hangs = cx.context().load(SeqCst) && *item == 8;
    let item = *item;
    async move {
        if hangs {
            pending::<()>().await;
        }
        Trail::update().seen([format!("hang {item}")])
    }
}

fn enter(trail: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().weight(trail.weight.clone())
}

fn leave(_: &Trail, child: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().seen([format!("[{}]", child.seen.join(" "))])
}

enum Way {
    On,
    Out,
}

fn choosing(trail: &Trail) -> Command<Way, impl Update<Trail> + use<>> {
    Command::to(if trail.seen.is_empty() { Way::On } else { Way::Out })
        .update(Trail::update().seen(["choosing".to_owned()]))
}

macro_rules! graphs {
    ($($module:ident { $($text:tt)* })*) => { $(
        mod $module {
            use super::*;
            graph! { pub(super) graph Deployed<Trail, Hangs>; $($text)* }
        }
    )* };
}

mod child {
    use super::*;
    graph! { pub(super) graph Child<Trail, Hangs>; node a, b; start -> a -> b -> end; }
}

mod newer_child {
    use super::*;
    graph! {
        pub(super) graph Child<Trail, Hangs>;
        node a;
        #[renamed_from("b")]
        node better = b;
        start -> a -> better -> end;
    }
}

graphs! {
    each { node a, fetch, hang, c; start -> a -> for items(u32) { fetch -> hang } -> c -> end; }
    each_renamed {
        node a, c;
        #[renamed_from("fetch")]
        node load = fetch;
        #[renamed_from("hang")]
        node parse = hang;
        start -> a -> for items(u32) { load -> parse } -> c -> end;
    }
    each_silent { node a, load = fetch, parse = hang, c; start -> a -> for items(u32) { load -> parse } -> c -> end; }
    each_begun_otherwise {
        node a, fetch, hang, c;
        node before = fetch;
        start -> a -> for items(u32) { before -> fetch -> hang } -> c -> end;
    }
    parent {
        node c;
        #[memory(thread)]
        subgraph sub = child::Child(enter, leave);
        start -> sub -> c -> end;
    }
    parent_renamed {
        node c;
        #[memory(thread)]
        #[renamed_from("sub")]
        subgraph research = newer_child::Child(enter, leave);
        start -> research -> c -> end;
    }
    parent_silent {
        node c;
        #[memory(thread)]
        subgraph research = newer_child::Child(enter, leave);
        start -> research -> c -> end;
    }
    choice {
        node choosing, a, b, c;
        node fetch_all = stuck;
        start -> (choosing -> match { Way::On => b -> join, Way::Out => join }, fetch_all -> a) -> c -> end;
    }
    choice_renamed {
        #[renamed_from("choosing")]
        node choose = choosing;
        node a, c, fetch_all = stuck;
        #[renamed_from("b")]
        node better = b;
        start -> (choose -> match { Way::On => better -> join, Way::Out => join }, fetch_all -> a) -> c -> end;
    }
}

mod asking {
    use super::*;
    graph! { pub(super) graph Asking<Trail, Hangs>; node a; pause ask = answer(u32); start -> a -> ask -> end; }
}

mod inquiring {
    use super::*;
    graph! {
        pub(super) graph Asking<Trail, Hangs>;
        node a;
        #[renamed_from("ask")]
        pause inquire = answer(u32);
        start -> a -> inquire -> end;
    }
}

graphs! {
    desk {
        node b, c;
        node again = b;
        subgraph clerk = asking::Asking(enter, leave);
        start -> (clerk, b -> again) -> c -> end;
    }
    desk_renamed {
        node b, c;
        #[renamed_from("again")]
        node more = b;
        #[renamed_from("clerk")]
        subgraph office = inquiring::Asking(enter, leave);
        start -> (office, b -> more) -> c -> end;
    }
}

fn answer(_: &Trail, reply: &u32) -> impl Update<Trail> + use<> {
    Trail::update().seen([format!("answer {reply}")])
}

async fn stuck(_: &Trail, cx: &Ctx<Hangs>) -> impl Update<Trail> + use<> {
    if cx.context().load(SeqCst) {
        pending::<()>().await;
    }
}

/// A run of so many steps, of the next one of a thread or of all.
fn step<G: Definition<State = Trail, Context = Hangs>>(saver: &MemorySaver, steps: u64) -> Option<Vec<String>> {
    let thread = graph_of::<G>(saver, false, steps).thread("a");
    match block_on(thread.resume_or_invoke(Trail::update().weight(weight()))).unwrap() {
        Outcome::Finished(trail) => Some(trail.seen),
        _ => None,
    }
}

#[test]
fn a_for_and_its_nodes_are_renamed_between_any_two_steps() {
    let seen = ["a", "fetch 7", "fetch 8", "hang 7", "hang 8", "c"];
    for before in 1..=3 {
        let saver = MemorySaver::new();
        assert_eq!(step::<each::Deployed>(&saver, before), None);
        // Every step is another process, which reads what the one before has written: a list or a reference to it.
        let found = (0..5).find_map(|_| step::<each_renamed::Deployed>(&saver, 1));
        assert_eq!(found.expect("it ends"), seen, "{before}");
    }
}

/// A `for` without a label has the name of its first node, which may be another one without that any has a new name.
#[test]
fn a_for_that_begins_with_another_node_keeps_its_items() {
    let saver = MemorySaver::new();
    step::<each::Deployed>(&saver, 1);
    let found = (0..5).find_map(|_| step::<each_begun_otherwise::Deployed>(&saver, 1));
    assert_eq!(found.expect("it ends"), ["a", "fetch 7", "fetch 8", "hang 7", "hang 8", "c"]);
}

#[test]
fn what_an_item_left_in_a_for_is_found_under_the_new_name() {
    let saver = MemorySaver::new();
    step::<each::Deployed>(&saver, 2);
    kill(graph_of::<each::Deployed>(&saver, true, 9).thread("a").resume().into_future());
    let thread = graph_of::<each_renamed::Deployed>(&saver, true, 9).thread("a");
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.tasks, ["hang[1]"], "until its step is stored, a task has the name that it was stored with");
    assert_eq!(snapshot.next, [each_renamed::DeployedNode::Parse]);
    assert_eq!(step::<each_renamed::Deployed>(&saver, 9).unwrap().len(), 6);
}

#[test]
fn the_new_names_stand_alone_after_one_step() {
    let saver = MemorySaver::new();
    step::<each::Deployed>(&saver, 1);
    step::<each_renamed::Deployed>(&saver, 1);
    assert_eq!(step::<each_silent::Deployed>(&saver, 9).unwrap().len(), 6);
    let saver = MemorySaver::new();
    step::<parent::Deployed>(&saver, 1);
    step::<parent_renamed::Deployed>(&saver, 1);
    assert_eq!(step::<parent_silent::Deployed>(&saver, 9).unwrap(), ["[a b]", "c"]);
}

#[test]
fn a_subgraph_goes_on_and_keeps_its_memory_under_a_new_name() {
    for before in 0..=3 {
        let saver = MemorySaver::new();
        let old = step::<parent::Deployed>(&saver, before);
        let found = old.or_else(|| (0..5).find_map(|_| step::<parent_renamed::Deployed>(&saver, 1)));
        assert_eq!(found.expect("it ends"), ["[a b]", "c"], "{before}");
        let again = (0..5).find_map(|_| step::<parent_renamed::Deployed>(&saver, 1));
        assert_eq!(again.expect("it ends")[2..], ["[a b a b]", "c"], "{before}");
    }
    let saver = MemorySaver::new();
    step::<parent::Deployed>(&saver, 1);
    let thread = graph_of::<parent_silent::Deployed>(&saver, false, 9).thread("a");
    assert!(matches!(block_on(thread.resume()), Err(Error::Incompatible { .. })));
}

#[test]
fn a_stay_in_a_subgraph_is_counted_once_over_both_names() {
    let saver = MemorySaver::new();
    step::<parent::Deployed>(&saver, 1);
    step::<parent_renamed::Deployed>(&saver, 9);
    let thread = graph_of::<parent_renamed::Deployed>(&saver, false, 9).thread("a");
    let visits = block_on(thread.visits()).unwrap();
    assert_eq!(visits.iter().map(|(_, count)| count).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn where_a_task_chose_to_go_is_found_under_the_new_name() {
    let saver = MemorySaver::new();
    let thread = graph_of::<choice::Deployed>(&saver, true, 9).thread("a");
    kill(thread.invoke(Trail::update().weight(weight())).into_future());
    assert_eq!(step::<choice_renamed::Deployed>(&saver, 9).unwrap(), ["choosing", "b", "a", "c"]);
}

#[test]
fn a_pause_in_a_subgraph_waits_under_both_new_names() {
    for (before, delivered) in [(1, false), (2, false), (2, true), (3, false), (3, true)] {
        let saver = MemorySaver::new();
        assert_eq!(step::<desk::Deployed>(&saver, before), None);
        let old = graph_of::<desk::Deployed>(&saver, false, 9).thread("a");
        let waiting = block_on(old.snapshot()).unwrap().unwrap().waiting.first().map(|waiting| waiting.id().clone());
        if let (Some(id), true) = (&waiting, delivered) {
            let reply = desk::DeployedReply::Clerk(asking::AskingReply::Ask(7));
            block_on(old.reply_to(id.clone(), reply).deliver()).unwrap();
        }
        // Step by step, each in another process: while the others run, the subgraph stays as it was stored.
        let found = (0..5).find_map(|_| step::<desk_renamed::Deployed>(&saver, 1));
        let new = graph_of::<desk_renamed::Deployed>(&saver, false, 9).thread("a");
        if delivered {
            assert_eq!(found.expect("it ends").last().map(String::as_str), Some("c"));
            continue;
        }
        let snapshot = block_on(new.snapshot()).unwrap().unwrap();
        let [waits] = &snapshot.waiting[..] else { panic!("it waits") };
        assert_eq!((waits.node(), waits.task()), ("inquire", "office/inquire"));
        assert!(waiting.is_none_or(|id| id == *waits.id()));
        let reply = desk_renamed::DeployedReply::Office(inquiring::AskingReply::Inquire(7));
        let trail = block_on(new.reply(reply)).unwrap().finished().unwrap();
        assert_eq!(trail.seen, ["b", "b", "[a answer 7]", "c"], "{before}");
    }
}
