//! The same loop with a checkpoint after every node, against bincode and sled by hand.

mod hand;

use crate::Failure;
use crate::report::Table;
use crate::rounds::{COLUMNS, Case, Pair, Run, Target};
use crate::session::Session;
use crate::steps::graphs::{Small, Wide, small, small_by_hand, wide, wide_by_hand};
use futures_lite::future::block_on;
use graph_runtime::{
    Builder, Checkpointer, Definition, Durability, MemorySaver, SledSaver, ThreadId, ThreadKey, Update,
};
use hand::{Hand, Sizes};
use std::path::Path;
use std::time::Instant;

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let cases = cases(&session.path("commits")).into_iter();
    let rows = cases.map(|case| case.measure(session)).collect::<Result<_, _>>()?;
    Ok(vec![Table { title: "a step with its commit", columns: COLUMNS, rows }])
}

pub(crate) fn cases(directory: &Path) -> Vec<Case> {
    let small = Loop {
        builder: small::Looped::builder,
        example: Small::example,
        by_hand: |state, hand| {
            small_by_hand(state, |state| hand.commit(state));
        },
    };
    let wide = Loop {
        builder: wide::Looped::builder,
        example: Wide::example,
        by_hand: |state, hand| {
            wide_by_hand(state, |state| hand.commit(state));
        },
    };
    vec![
        small.case("sled, `Async`, 2 fields", directory, Durability::Async),
        wide.case("sled, `Async`, 15 fields", directory, Durability::Async),
        small.case("sled, `Sync`, 2 fields", directory, Durability::Sync),
        wide.case("sled, `Sync`, 15 fields", directory, Durability::Sync),
    ]
}

/// A loop of two nodes, as a graph and by hand.
struct Loop<G: Definition> {
    builder: fn() -> Builder<G>,
    example: fn(u64) -> G::State,
    by_hand: fn(G::State, &mut Hand),
}

impl<G> Loop<G>
where
    G: Definition<Context = ()>,
    G::State: Update<G::State>,
{
    fn case(&self, name: &'static str, directory: &Path, durability: Durability) -> Case {
        let synced = durability == Durability::Sync;
        // A round takes some milliseconds either way.
        let (nodes, target) = if synced { (20, Target::Times(1.11)) } else { (2_000, Target::Times(1.3)) };
        let path = directory.join(name);
        let Loop { builder, example, by_hand } = *self;
        let example = move || example(u64::from(nodes / 2));
        Case {
            name,
            nodes,
            rounds: if synced { 5 } else { 1 },
            target,
            open: Box::new(move || {
                let sizes = trial(builder(), example())?;
                Ok(Pair {
                    floor: floor(Hand::open(&path.join("floor"), sizes, synced)?, example, by_hand),
                    graph: graph(builder(), durability, &path.join("graph"), example)?,
                })
            }),
        }
    }
}

/// What the runtime stores for a node, seen in one run.
fn trial<G>(builder: Builder<G>, state: G::State) -> Result<Sizes, Failure>
where
    G: Definition<Context = ()>,
    G::State: Update<G::State>,
{
    let saver = MemorySaver::new();
    let thread = builder.checkpointer(saver.clone()).build().thread(Hand::name(0));
    block_on(thread.invoke(state))?.finished()?;
    let key = ThreadKey { graph: G::NAME.into(), thread: ThreadId::new(Hand::name(0))? };
    let records = block_on(saver.range(&key, None, 1))?;
    let (_, record) = records.first().ok_or("the run stored nothing")?;
    Ok(Sizes::of(record))
}

fn floor<S: 'static>(mut hand: Hand, example: impl Fn() -> S + 'static, by_hand: fn(S, &mut Hand)) -> Run {
    Box::new(move || {
        hand.thread();
        let state = example();
        let began = Instant::now();
        by_hand(state, &mut hand);
        let took = began.elapsed();
        hand.flush();
        took
    })
}

/// The graph with a store of its own; each call runs a new thread.
fn graph<G>(
    builder: Builder<G>,
    durability: Durability,
    path: &Path,
    example: impl Fn() -> G::State + 'static,
) -> Result<Run, Failure>
where
    G: Definition<Context = ()>,
    G::State: Update<G::State>,
{
    let saver = SledSaver::open(path)?;
    let graph = builder.checkpointer(saver.clone()).durability(durability).build();
    let mut threads = 0;
    Ok(Box::new(move || {
        threads += 1;
        let thread = graph.thread(Hand::name(threads));
        let state = example();
        let began = Instant::now();
        let outcome = block_on(thread.invoke(state)).expect("the run ends");
        // A read comes after all writes, so what only waits in the saver's queue counts as well.
        block_on(thread.snapshot()).expect("the thread can be read");
        let took = began.elapsed();
        outcome.finished().expect("the graph reaches its end");
        block_on(saver.flush()).expect("the store is whole");
        took
    }))
}
