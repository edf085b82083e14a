//! One of the graphs: as the loop by hand, in memory, and on each store.

use super::counted::Counted;
use crate::Failure;
use crate::rounds::quartiles;
use crate::session::{Session, Size, bytes};
use futures_lite::future::block_on;
use graph_runtime::{
    Builder, Checkpointer, Definition, Durability, MemorySaver, NeverPauses, SledOptions, ThreadId, ThreadKey, Update,
};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Measure = Box<dyn FnOnce(&Session, &Path) -> Result<Measured, Failure>>;

/// A graph that can be measured.
pub(super) struct Case {
    pub(super) name: String,
    /// What LangGraph's side calls it, where that has several of the kind.
    pub(super) theirs: Vec<String>,
    pub(super) measure: Measure,
}

type Right<S> = Box<dyn Fn(&S) -> bool>;

/// What a graph does: the same for every column.
pub(super) struct Work<G: Definition> {
    pub(super) steps: usize,
    pub(super) builder: fn() -> Builder<G>,
    pub(super) context: Arc<G::Context>,
    pub(super) input: Box<dyn Fn() -> G::State>,
    pub(super) by_hand: Box<dyn Fn(G::State) -> G::State>,
    /// Whether a run has come to the right end.
    pub(super) right: Right<G::State>,
}

/// What was measured.
pub(super) struct Measured {
    pub(super) steps: f64,
    /// Nanoseconds of a run: by hand, in memory, `MemorySaver`, and sled with `Exit`, `Async` and `Sync`; medians.
    pub(super) times: [f64; 6],
    /// Bytes that a run with a commit after each step puts into a store.
    pub(super) bytes: f64,
    /// The share that a run has in the closed store.
    pub(super) store: f64,
}

/// Some of the states are longer than the records that a store takes by default.
const RECORD_LIMIT: usize = 256 << 20;

impl<G> Work<G>
where
    G: Definition + NeverPauses,
    G::State: Update<G::State>,
{
    pub(super) fn case(self, name: String) -> Case {
        let theirs = vec![name.clone()];
        Case { name, theirs, measure: Box::new(move |session, path| self.measure(session, path)) }
    }

    /// Times the columns in turns, each with a new thread.
    fn measure(self, session: &Session, path: &Path) -> Result<Measured, Failure> {
        let graph = (self.builder)().context(Arc::clone(&self.context)).step_limit(u64::MAX).build();
        let modes = [Durability::Exit, Durability::Async, Durability::Sync];
        let open = |mode| SledOptions::default().record_limit(RECORD_LIMIT).open(path.join(format!("{mode:?}")));
        let stores = modes.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let (least, most, budget) = session.pick((1, 1, 0), (3, 100, 2), (7, 500, 20));
        let budget = Duration::from_secs(budget);
        let mut times = [const { Vec::new() }; 6];
        let (began, mut round) = (Instant::now(), 0_u32);
        // A round that is not counted warms up; a trial goes without it.
        let warm = u32::from(session.size != Size::Trial);
        while round < warm + least || (round < warm + most && began.elapsed() < budget) {
            let mut row = vec![
                self.timed(|state| Ok((self.by_hand)(state)), || Ok(()))?,
                self.timed(|state| Ok(block_on(graph.run(state))?), || Ok(()))?,
                self.stored(&MemorySaver::new(), Durability::Sync, round)?,
            ];
            for (mode, store) in modes.into_iter().zip(&stores) {
                row.push(self.stored(store, mode, round)?);
                block_on(store.flush())?;
            }
            if round >= warm {
                for (times, time) in times.iter_mut().zip(row) {
                    times.push(time.as_secs_f64() * 1e9);
                }
            }
            round += 1;
        }
        drop(stores);
        let counted = Counted::new(MemorySaver::new());
        self.stored(&counted, Durability::Sync, 0)?;
        #[expect(clippy::cast_precision_loss, reason = "no run here has 2^52 steps or bytes")]
        let (steps, size) = (self.steps as f64, bytes(&path.join("Sync"))? as f64);
        std::fs::remove_dir_all(path)?;
        Ok(Measured {
            steps,
            times: times.map(|times| quartiles(times.into_iter())[1]),
            bytes: counted.bytes(),
            store: size / f64::from(round),
        })
    }

    /// The time of a run on a new thread of a store.
    fn stored(
        &self,
        saver: &(impl Checkpointer + Clone),
        durability: Durability,
        round: u32,
    ) -> Result<Duration, Failure> {
        let key = ThreadKey { graph: G::NAME.into(), thread: ThreadId::new(format!("thread-{round}"))? };
        let graph = (self.builder)().context(Arc::clone(&self.context)).step_limit(u64::MAX);
        let graph = graph.checkpointer(saver.clone()).durability(durability).build();
        let thread = graph.thread(key.thread.as_str());
        self.timed(
            |state| Ok(block_on(thread.invoke(state))?.finished()?),
            // A read comes after all writes, so what only waits in the saver's queue counts as well.
            || block_on(saver.head(&key)).map(drop).map_err(Into::into),
        )
    }

    fn timed(
        &self,
        run: impl FnOnce(G::State) -> Result<G::State, Failure>,
        settle: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Duration, Failure> {
        let state = black_box((self.input)());
        let began = Instant::now();
        let state = black_box(run(state)?);
        settle()?;
        let took = began.elapsed();
        if (self.right)(&state) { Ok(took) } else { Err(format!("`{}` has come to a wrong end", G::NAME).into()) }
    }
}
