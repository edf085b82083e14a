//! What is bounded: how many items run at once, and how many steps a run takes; and names that nobody chose with care.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{Ctx, Durability, Error, GraphState, MemorySaver, Outcome, StopReason, Update, graph};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
    #[reduce(add)]
    rounds: u32,
}

/// How many tasks run, and how many ever did at once.
#[derive(Debug, Default)]
struct Gauge {
    running: AtomicU32,
    most: AtomicU32,
    failures: AtomicU32,
}

/// Leaves the gauge however the task ends.
struct Inside<'a>(&'a Gauge);

impl<'a> Inside<'a> {
    fn new(cx: &'a Ctx<Gauge>) -> Self {
        let gauge = cx.context();
        let running = gauge.running.fetch_add(1, Ordering::SeqCst) + 1;
        gauge.most.fetch_max(running, Ordering::SeqCst);
        Inside(gauge)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn ten(_: &Log) -> Vec<u32> {
    (0..10).collect()
}

fn five(_: &Log, item: &u32) -> Vec<u32> {
    (0..5).map(|inner| item * 10 + inner).collect()
}

/// Waits a while, another while for each item; every third fails as long as there are failures left.
async fn work(_: &Log, item: &u32, cx: &Ctx<Gauge>) -> Result<impl Update<Log> + use<>, String> {
    let inside = Inside::new(cx);
    for _ in 0..item * 7 % 5 {
        yield_now().await;
    }
    let left = |left: u32| left.checked_sub(1);
    if item.is_multiple_of(3) && inside.0.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
        assert!(item.is_multiple_of(2), "an odd panic");
        return Err("a failure".to_owned());
    }
    Ok(Log::update().lines([format!("work {item}")]))
}

async fn free(_: &Log, item: &u32, cx: &Ctx<Gauge>) -> impl Update<Log> + use<> {
    let _inside = Inside::new(cx);
    yield_now().await;
    Log::update().lines([format!("free {item}")])
}

graph! {
    graph Three<Log, Gauge>;
    node work;
    start -> #[concurrency(3)] for ten(u32) { work } -> end;
}

graph! {
    graph Inner<Log, Gauge>;
    node work;
    start -> for ten(u32) { #[concurrency(2)] for five(u32) { work } } -> end;
}

graph! {
    graph Both<Log, Gauge>;
    node work, free;
    start -> #[concurrency(7)] for ten(u32) { (free, #[concurrency(2)] for five(u32) { work }) } -> end;
}

graph! {
    graph Beside<Log, Gauge>;
    node work, free;
    start -> (#[concurrency(1)] for ten(u32) { work }, for ten(u32) { free }) -> end;
}

macro_rules! at_most {
    ($($name:ident $graph:ident $most:literal $lines:literal)*) => { $(
        #[test]
        fn $name() {
            for failures in [0, 1, 5, 100] {
                let gauge = std::sync::Arc::new(Gauge { failures: failures.into(), ..Gauge::default() });
                let graph = $graph::builder().context(std::sync::Arc::clone(&gauge)).checkpointer(MemorySaver::new());
                let thread = graph.build().thread("a");
                let mut outcome = block_on(thread.invoke(()));
                while let Err(Error::Node(_) | Error::Nodes(_)) = outcome {
                    outcome = block_on(thread.resume());
                }
                let log = outcome.unwrap().finished().unwrap();
                let expected = block_on($graph::builder().context(Gauge::default()).build().run(())).unwrap();
                assert_eq!(log, expected);
                assert_eq!((gauge.most.load(Ordering::SeqCst), log.lines.len()), ($most, $lines));
                assert_eq!(gauge.running.load(Ordering::SeqCst), 0);
            }
        }
    )* };
}

at_most! {
    three_items_run_at_once Three 3 10
    two_inner_items_of_each_run_at_once Inner 20 50
    both_bounds_hold Both 7 60
    a_bound_is_nobody_elses Beside 11 20
}

/// Steps in a subgraph are steps of the run.
mod steps {
    use super::*;

    fn turn(_: &Log, cx: &Ctx<Gauge>) -> impl Update<Log> + use<> {
        Log::update().lines([format!("turn {} {}", cx.step(), cx.remaining_steps())]).rounds(1)
    }

    fn done(log: &Log) -> bool {
        log.rounds >= 3
    }

    graph! {
        graph Turning<Log, Gauge>;
        node turn;
        start -> turn -> match done { true => end, false => turn };
    }

    fn enter(_: &Log) -> impl Update<Log> + use<> {}

    fn leave(_: &Log, inner: &Log) -> impl Update<Log> + use<> {
        Log::update().lines(inner.lines.clone())
    }

    graph! {
        graph Around<Log, Gauge>;
        node turn;
        subgraph turning = Turning(enter, leave);
        start -> turn -> turning -> end;
    }

    #[test]
    fn a_run_stops_inside_of_a_subgraph_and_goes_on_there() {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let graph = Around::builder().context(Gauge::default()).checkpointer(MemorySaver::new());
            let thread = graph.durability(durability).step_limit(2).build().thread("a");
            let Ok(Outcome::Stopped(stop)) = block_on(thread.invoke(())) else {
                panic!("four steps are more than two")
            };
            assert!(matches!(stop.reason, StopReason::StepLimit { limit: 2 }));
            let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
            assert_eq!((snapshot.step, snapshot.tasks.as_slice()), (2, &["turning/turn".to_owned()][..]));
            let log = block_on(thread.resume()).unwrap().finished().unwrap();
            assert_eq!(log.lines, ["turn 1 1", "turn 2 0", "turn 3 1", "turn 4 0"]);
        }
        let graph = Around::builder().context(Gauge::default()).step_limit(3).build();
        assert!(matches!(block_on(graph.run(())), Err(Error::Stopped(_))));
        let graph = Around::builder().context(Gauge::default()).step_limit(4).build();
        assert_eq!(block_on(graph.run(())).unwrap().lines.len(), 4);
    }
}

/// Names that are keywords, in other alphabets, and one that begins with another.
mod names {
    use super::*;

    fn call(_: &Log, cx: &Ctx<Gauge>, name: &str) -> Result<impl Update<Log> + use<>, String> {
        let left = |left: u32| left.checked_sub(1);
        match cx.context().failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left) {
            Ok(1) => Err("the last to run fails once".to_owned()),
            _ => Ok(Log::update().lines([name.to_owned()])),
        }
    }

    macro_rules! calls {
        ($($name:ident)*) => { $(
            fn $name(log: &Log, cx: &Ctx<Gauge>) -> Result<impl Update<Log> + use<>, String> {
                call(log, cx, stringify!($name))
            }
        )* };
    }

    calls! { r#type größe halt task task_halt attempt r#match }

    fn again(log: &Log, item: &u32, cx: &Ctx<Gauge>) -> Result<impl Update<Log> + use<>, String> {
        call(log, cx, &format!("again {item}"))
    }

    fn twelve(_: &Log) -> Vec<u32> {
        (0..12).collect()
    }

    graph! {
        graph Named<Log, Gauge>;
        node r#type, größe, halt, task, task_halt, attempt, r#match, r#again;
        start -> (r#type, größe, halt, task, task_halt, attempt, r#match, for twelve(u32) { again }) -> end;
    }

    #[test]
    fn no_name_is_taken_for_another() {
        let expected = block_on(Named::builder().context(Gauge::default()).build().run(())).unwrap();
        assert_eq!(expected.lines.len(), 19);
        for failing in 1..=19 {
            let gauge = Gauge { failures: failing.into(), ..Gauge::default() };
            let graph = Named::builder().context(gauge).checkpointer(MemorySaver::new()).build();
            let error = block_on(graph.thread("a").invoke(())).unwrap_err();
            assert!(matches!(error, Error::Node(_)), "{error}");
            assert_eq!(block_on(graph.thread("a").resume()).unwrap().finished().unwrap(), expected);
        }
    }
}
