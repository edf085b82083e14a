//! The same loop with a checkpoint after every node, against bincode and an engine by hand.
//!
//! Three floors. The *file* gets the same bytes appended, which nothing could be read from; each sync also stores that the file has
//! grown, so an engine that writes where its file has room already can be faster. The *engine* gets a
//! record and a head for each step, bare. By hand with the *same guarantees*, the record is chained and hashed, values are
//! checked, heads compared and commits counted as well, by a thread that nobody's executor waits for (see [`hand`]); that one is
//! what a service would have to be built on, and the one that a synced step is compared with. A step that is not synced is
//! compared with the bare engine, which promises nothing.

pub(crate) mod engines;
pub(crate) mod hand;
mod writer;

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::rounds::{COLUMNS, Case, Pair, Run, Target, quartiles, ratios, turns};
use crate::session::Session;
use crate::steps::graphs::{Small, Wide, small, small_by_hand, wide, wide_by_hand};
use engines::{Engine, Open};
use futures_lite::future::block_on;
use graph_runtime::{
    Builder, Checkpointer, Definition, Durability, MemorySaver, RedbSaver, SledSaver, StoreError, Thread, ThreadId,
    ThreadKey, Update,
};
use hand::{Hand, Sizes};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The columns where a step is synced.
const SYNCED: &[&str] =
    &["file", "engine", "same guarantees", "graph", "to the engine (quartiles)", "to the same guarantees (quartiles)"];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let directory = session.path("commits");
    let written = cases(&directory).into_iter().map(|case| case.measure(session));
    let (small, wide) = loops();
    let synced = [&SLED, &REDB].into_iter().flat_map(|kind| {
        let name = |fields| format!("{}, `Sync`, {fields} fields", kind.name);
        [small.synced(session, kind, name(2), &directory), wide.synced(session, kind, name(15), &directory)]
    });
    Ok(vec![
        Table { title: "a step with its commit, written", columns: COLUMNS, rows: written.collect::<Result<_, _>>()? },
        Table { title: "a step with its commit, synced", columns: SYNCED, rows: synced.collect::<Result<_, _>>()? },
    ])
}

/// Steps that are written and not synced, beside the bare engine.
fn cases(directory: &Path) -> Vec<Case> {
    let (small, wide) = loops();
    vec![
        small.written("sled, `Async`, 2 fields", &SLED, directory),
        wide.written("sled, `Async`, 15 fields", &SLED, directory),
        small.written("redb, `Async`, 2 fields", &REDB, directory),
        wide.written("redb, `Async`, 15 fields", &REDB, directory),
    ]
}

fn loops() -> (Loop<small::Looped>, Loop<wide::Looped>) {
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
    (small, wide)
}

/// A saver of the runtime and the engine under it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) engine: Open,
    pub(crate) saver: fn(&Path) -> Result<Arc<dyn Checkpointer>, StoreError>,
}

pub(crate) const SLED: Kind =
    Kind { name: "sled", engine: engines::sled, saver: |path| Ok(Arc::new(SledSaver::open(path)?)) };
pub(crate) const REDB: Kind =
    Kind { name: "redb", engine: engines::redb, saver: |path| Ok(Arc::new(RedbSaver::open(path)?)) };

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
    fn written(&self, name: &'static str, kind: &'static Kind, directory: &Path) -> Case {
        // A round takes some milliseconds.
        let nodes = 2_000;
        let (this, path) = (*self, directory.join(name));
        let open = move || {
            std::fs::create_dir_all(&path)?;
            let example = move || (this.example)(u64::from(nodes / 2));
            let hand = Hand::bare((kind.engine)(&path.join("engine"))?.into(), this.sizes(example())?, false);
            let saver = (kind.saver)(&path.join("graph"))?;
            Ok(Pair {
                floor: floor(hand, example, this.by_hand),
                graph: graph((this.builder)(), Durability::Async, saver, example),
            })
        };
        Case { name, nodes, rounds: 1, target: Target::Times(1.3), open: Box::new(open) }
    }

    fn synced(&self, session: &Session, kind: &Kind, name: String, directory: &Path) -> Result<Row, Failure> {
        let (this, nodes, path) = (*self, 20, directory.join(&name));
        std::fs::create_dir_all(&path)?;
        let example = move || (this.example)(u64::from(nodes / 2));
        let sizes = this.sizes(example())?;
        let open = |open: Open, name: &str| Ok::<Arc<dyn Engine>, Failure>(open(&path.join(name))?.into());
        let hands = [
            Hand::bare(open(engines::file, "file")?, sizes, true),
            Hand::bare(open(kind.engine, "engine")?, sizes, true),
            Hand::guarded(open(kind.engine, "guarded")?, sizes, &path.join("mark"))?,
        ];
        let mut runs: Vec<Run> = hands.into_iter().map(|hand| floor(hand, example, this.by_hand)).collect();
        runs.push(graph((this.builder)(), Durability::Sync, (kind.saver)(&path.join("graph"))?, example));
        let figures = turns(session, &mut runs, 2, nodes);
        let [_, engine, guarded, graph] = figures.as_slice() else { return Err("four runs have four figures".into()) };
        let (to_engine, to_guarded) = (ratios(graph, engine), ratios(graph, guarded));
        let medians = figures.iter().map(|run| Figure::Nanos(quartiles(run.iter().copied())[1]));
        let figures: Vec<_> = medians.chain([to_engine, to_guarded].map(Figure::Spread)).collect();
        // As many steps in the same time as 90 % of the floor's.
        Ok(Row::new(name, figures).at_most(to_guarded[1], Figure::Times(1.11)))
    }

    /// What the runtime stores for a step.
    fn sizes(&self, state: G::State) -> Result<Sizes, Failure> {
        sizes(|saver| (self.builder)().checkpointer(saver).build().thread(Hand::name(0)), state)
    }
}

// Derived, it would ask for a graph that is `Copy`.
impl<G: Definition> Clone for Loop<G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Definition> Copy for Loop<G> {}

/// What the runtime stores for a node, seen in one run of a thread that is made with this store.
pub(crate) fn sizes<G>(thread: impl FnOnce(MemorySaver) -> Thread<G>, state: G::State) -> Result<Sizes, Failure>
where
    G: Definition,
    G::State: Update<G::State>,
{
    let saver = MemorySaver::new();
    block_on(thread(saver.clone()).invoke(state))?.finished()?;
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
    saver: Arc<dyn Checkpointer>,
    example: impl Fn() -> G::State + 'static,
) -> Run
where
    G: Definition<Context = ()>,
    G::State: Update<G::State>,
{
    let graph = builder.checkpointer(Arc::clone(&saver)).durability(durability).build();
    let mut threads = 0;
    Box::new(move || {
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
    })
}
