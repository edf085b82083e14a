//! A value that panics when it is dropped: whoever drops it sees the panic, and the thread goes on.

use futures_lite::future::block_on;
use graph_runtime::{Durability, Error, Graph, GraphState, NodeCause, NodeError, SledSaver, Update, graph, serde};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// The value that panics the next time that it is dropped, and how often it was.
static LIT: AtomicU32 = AtomicU32::new(0);
static BURNT: AtomicU32 = AtomicU32::new(0);
static ALONE: Mutex<()> = Mutex::new(());

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(crate = "graph_runtime::serde")]
struct Tinder(u32);

impl Drop for Tinder {
    fn drop(&mut self) {
        // Not where another panic is on its way: that would end the process, whatever the library does.
        let lit = self.0 != 0 && !std::thread::panicking();
        if lit && LIT.compare_exchange(self.0, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            BURNT.fetch_add(1, Ordering::SeqCst);
            panic!("tinder {}", self.0);
        }
    }
}

#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
struct Hearth {
    now: Tinder,
    #[reduce(append)]
    kept: Vec<Tinder>,
    steps: u32,
}

fn step(hearth: &Hearth) -> impl Update<Hearth> + use<> {
    let steps = hearth.steps + 1;
    Hearth::update().now(Tinder(10 + steps)).kept([Tinder(20 + steps)]).steps(steps)
}

fn left(hearth: &Hearth) -> impl Update<Hearth> + use<> {
    Hearth::update().kept([Tinder(30 + hearth.steps)])
}

async fn right(hearth: &Hearth) -> impl Update<Hearth> + use<> {
    let steps = hearth.steps;
    futures_lite::future::yield_now().await;
    Hearth::update().kept([Tinder(40 + steps)])
}

fn done(hearth: &Hearth) -> bool {
    hearth.steps >= 3
}

graph! {
    graph Burning<Hearth>;
    node step, left, right;
    start -> 'again: (left, right) -> step -> match done { true => end, false => 'again };
}

/// The state at the end of a run that nothing disturbs.
fn end() -> Hearth {
    let kept = (0..3).flat_map(|step| [30 + step, 40 + step, 20 + step + 1]).map(Tinder).collect();
    Hearth { now: Tinder(13), kept, steps: 3 }
}

#[test]
fn a_value_that_panics_when_it_is_dropped_costs_its_thread_nothing() {
    let _alone = ALONE.lock().unwrap();
    let (mut typed, mut thrown) = (0, 0);
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        for value in (10..14).chain(20..24).chain(30..33).chain(40..43) {
            let directory = tempfile::tempdir().unwrap();
            let saver = SledSaver::open(directory.path().join("store")).unwrap();
            let graph: Graph<Burning> = Burning::builder().checkpointer(saver).durability(durability).build();
            let thread = graph.thread("a");
            LIT.store(value, Ordering::SeqCst);
            let before = BURNT.load(Ordering::SeqCst);
            let run = || block_on(thread.invoke(())).map(std::mem::forget);
            let ran = catch_unwind(AssertUnwindSafe(run));
            LIT.store(0, Ordering::SeqCst);
            let burnt = BURNT.load(Ordering::SeqCst) > before;
            match ran {
                Ok(Ok(())) => assert!(!burnt, "nobody saw the panic of {value}"),
                Ok(Err(Error::Node(NodeError { cause: NodeCause::Panic(message), .. }))) => {
                    assert_eq!(message, format!("tinder {value}"));
                    typed += 1;
                }
                // What was read back to prove the type was dropped.
                Ok(Err(Error::NotStorable { .. })) => typed += 1,
                Ok(Err(error)) => panic!("{value} with {durability:?} is {error:?}"),
                Err(_) => thrown += 1,
            }
            // Other threads of the store and the thread itself go on.
            let other = block_on(graph.thread("b").invoke(())).unwrap().finished().unwrap();
            assert_eq!(other, end());
            let again = block_on(thread.resume_or_invoke(()));
            let hearth =
                again.unwrap_or_else(|error| panic!("{value} with {durability:?}: {error}")).finished().unwrap();
            assert!(hearth == end() || hearth.steps > 3 && hearth.kept.starts_with(&end().kept), "{value}: {hearth:?}");
            block_on(thread.verify()).unwrap();
        }
    }
    println!("{typed} panics were typed errors, {thrown} came out of the call");
    assert!(typed > 0, "no value was dropped within a run");
}
