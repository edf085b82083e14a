//! The graphs under test behind one face, so that what drives them is compiled once.

use crate::recorder::Recorder;
use crate::script::{Script, Shared};
use crate::trace::{Trace, input};
use graph_runtime::{
    BoxFuture, Builder, Definition, Durability, Error, MemorySaver, NeverPauses, Outcome, Source, Status, Thread,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// A checkpoint as it is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) state: Trace,
    pub(crate) tasks: Vec<String>,
    pub(crate) step: u64,
    pub(crate) source: Source,
    pub(crate) status: Status,
    pub(crate) failures: Vec<(String, u64)>,
}

/// A graph of a random program.
pub(crate) trait Subject: Send + Sync {
    /// Runs it in memory.
    fn run(&self, script: Shared, seed: u64) -> BoxFuture<'static, Result<Trace, Error>>;

    /// Opens the thread of a case, as a process does that starts.
    fn open(&self, store: Recorder, script: Shared, limit: u64, durability: Durability) -> Box<dyn Handle>;

    /// What a reader of this store sees.
    fn look(&self, store: &MemorySaver) -> Seen;
}

/// A thread of a graph.
pub(crate) trait Handle {
    fn invoke(&self, seed: u64) -> BoxFuture<'static, Result<Outcome<Trace>, Error>>;
    fn resume(&self) -> BoxFuture<'static, Result<Outcome<Trace>, Error>>;
    fn snapshot(&self) -> BoxFuture<'static, Result<Option<Seen>, Error>>;
}

pub(crate) struct Of<G>(PhantomData<fn() -> G>);

impl<G> Of<G> {
    pub(crate) fn new() -> Of<G> {
        Of(PhantomData)
    }
}

const THREAD: &str = "case";

impl<G: Definition<State = Trace, Context = Script> + NeverPauses> Subject for Of<G> {
    fn run(&self, script: Shared, seed: u64) -> BoxFuture<'static, Result<Trace, Error>> {
        Box::pin(Builder::<G>::new().context(script).build().run(input(seed)))
    }

    fn open(&self, store: Recorder, script: Shared, limit: u64, durability: Durability) -> Box<dyn Handle> {
        let builder = Builder::<G>::new().context(script).checkpointer(store);
        Box::new(builder.step_limit(limit).durability(durability).build().thread(THREAD))
    }

    fn look(&self, store: &MemorySaver) -> Seen {
        let graph = Builder::<G>::new().context(Arc::new(Script::default())).checkpointer(store.clone()).build();
        let seen = futures_lite::future::block_on(snapshot(&graph.thread(THREAD)));
        seen.expect("the store is whole").expect("the thread has run")
    }
}

impl<G: Definition<State = Trace>> Handle for Thread<G> {
    fn invoke(&self, seed: u64) -> BoxFuture<'static, Result<Outcome<Trace>, Error>> {
        Box::pin(Thread::invoke(self, input(seed)))
    }

    fn resume(&self) -> BoxFuture<'static, Result<Outcome<Trace>, Error>> {
        Box::pin(Thread::resume(self))
    }

    fn snapshot(&self) -> BoxFuture<'static, Result<Option<Seen>, Error>> {
        Box::pin(snapshot(self))
    }
}

fn snapshot<G: Definition<State = Trace>>(
    thread: &Thread<G>,
) -> impl Future<Output = Result<Option<Seen>, Error>> + Send + 'static + use<G> {
    let snapshot = thread.snapshot();
    async {
        let snapshot = snapshot.await?;
        Ok(snapshot.map(|snapshot| Seen {
            state: snapshot.state,
            tasks: snapshot.tasks,
            step: snapshot.step,
            source: snapshot.source,
            status: snapshot.status,
            failures: snapshot.failures.into_iter().map(|failure| (failure.task, failure.step)).collect(),
        }))
    }
}
