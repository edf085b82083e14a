//! A graph that was changed while a thread was in the middle of a step: what a task had stored fits, or it is refused.

use futures_lite::future::block_on;
use graph_runtime::{Builder, Command, Ctx, Definition, Error, Graph, GraphState, MemorySaver, Update, graph};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
}

fn choose(_: &Log) -> impl Update<Log> + use<> {
    Log::update().lines(["choose".to_owned()])
}

fn fail(_: &Log, cx: &Ctx<AtomicBool>) -> Result<impl Update<Log> + use<>, String> {
    if cx.context().swap(false, Ordering::SeqCst) {
        Err("once".to_owned())
    } else {
        Ok(Log::update().lines(["fail".to_owned()]))
    }
}

fn after(_: &Log) -> impl Update<Log> + use<> {
    Log::update().lines(["after".to_owned()])
}

fn far(_: &Log) -> impl Update<Log> + use<> {
    Log::update().lines(["far".to_owned()])
}

enum Way {
    Far,
    Out,
}

fn choosing(_: &Log) -> Command<Way, impl Update<Log> + use<>> {
    Command::to(Way::Out).update(Log::update().lines(["choosing".to_owned()]))
}

fn going_far(_: &Log) -> Command<Way, impl Update<Log> + use<>> {
    Command::to(Way::Far).update(Log::update().lines(["going far".to_owned()]))
}

mod plain {
    use super::*;

    graph! {
        pub(super) graph Changing<Log, AtomicBool>;
        node choose, fail, after;
        start -> (choose, fail) -> after -> end;
    }
}

mod commanding {
    use super::*;

    graph! {
        pub(super) graph Changing<Log, AtomicBool>;
        node choose = choosing;
        node fail, after, far;
        start -> (choose -> match { Way::Far => far -> join, Way::Out => join }, fail) -> after -> end;
    }
}

mod far_inside {
    use super::*;

    graph! {
        pub(super) graph Changing<Log, AtomicBool>;
        node choose = going_far;
        node fail, after, far;
        start -> (choose -> match { Way::Far => far -> join, Way::Out => join }, fail) -> after -> end;
    }
}

mod far_outside {
    use super::*;

    graph! {
        pub(super) graph Changing<Log, AtomicBool>;
        node choose, fail, after, far;
        start -> (choose, fail) -> after -> far -> end;
    }
}

fn new<G: Definition<Context = AtomicBool>>(saver: &MemorySaver, failing: bool) -> Graph<G> {
    Builder::<G>::new().context(Arc::new(AtomicBool::new(failing))).checkpointer(saver.clone()).build()
}

/// Lets the first graph fail in its first step, and goes on with the second.
fn change<A, B>() -> Result<Vec<String>, Error>
where
    A: Definition<Context = AtomicBool, State = Log>,
    B: Definition<Context = AtomicBool, State = Log>,
{
    let saver = MemorySaver::new();
    let failed = block_on(new::<A>(&saver, true).thread("a").invoke(()));
    assert!(matches!(failed, Err(Error::Node(_))), "{failed:?}");
    Ok(block_on(new::<B>(&saver, false).thread("a").resume())?.finished()?.lines)
}

#[test]
fn what_a_task_left_is_used_by_the_same_graph() {
    let lines = change::<plain::Changing, plain::Changing>().unwrap();
    assert_eq!(lines, ["choose", "fail", "after"]);
    let lines = change::<far_inside::Changing, far_inside::Changing>().unwrap();
    assert_eq!(lines, ["going far", "fail", "far", "after"]);
}

#[test]
fn a_node_that_chooses_now_cannot_have_left_where_it_goes() {
    let refused = change::<plain::Changing, commanding::Changing>();
    assert!(matches!(refused, Err(Error::Incompatible { .. })), "{refused:?}");
}

#[test]
fn a_node_that_chose_another_branch_is_refused() {
    let refused = change::<far_inside::Changing, far_outside::Changing>();
    assert!(matches!(refused, Err(Error::Incompatible { .. })), "{refused:?}");
}

#[test]
fn a_node_that_chose_what_is_there_no_more_is_refused() {
    let refused = change::<far_inside::Changing, plain::Changing>();
    assert!(matches!(refused, Err(Error::Incompatible { .. })), "{refused:?}");
}
