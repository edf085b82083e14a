//! A thread with its store, and what its nodes log.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Builder, Definition, MemorySaver, Snapshot, Thread};
use std::sync::{Arc, Mutex};

/// What ran.
pub type Log = Mutex<Vec<&'static str>>;

/// Thread `a` of a graph, in a store of its own.
pub struct Bench<G: Definition<Context = Log>> {
    /// The store.
    pub saver: MemorySaver,
    /// The thread.
    pub thread: Thread<G>,
    log: Arc<Log>,
}

/// A thread that has never run.
#[must_use]
pub fn bench<G: Definition<Context = Log>>() -> Bench<G> {
    let (saver, log) = (MemorySaver::new(), Arc::new(Log::default()));
    let graph = Builder::<G>::new().context(Arc::clone(&log)).checkpointer(saver.clone()).build();
    Bench { saver, log, thread: graph.thread("a") }
}

impl<G: Definition<Context = Log>> Bench<G> {
    /// What ran since the last call.
    ///
    /// # Panics
    ///
    /// If a node panicked while it logged.
    #[expect(clippy::must_use_candidate, reason = "it empties the log, too")]
    pub fn ran(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

/// The history of a thread.
///
/// # Panics
///
/// If it cannot be read.
#[must_use]
pub fn collect<G: Definition>(thread: &Thread<G>) -> Vec<Snapshot<G>> {
    block_on(thread.history().try_collect()).unwrap()
}

/// Strings.
#[must_use]
pub fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}
