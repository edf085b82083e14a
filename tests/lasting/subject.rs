//! Threads in a store, of which each checkpoint is compared with what it was when it was made.

use crate::look::all;
use crate::operation::{Call, Operation};
use crate::program::{newer, older};
use crate::view::{Act, Turn, View, Way};
use crate::world::{Program, World, poor};
use futures_lite::future::{block_on, poll_fn};
use graph_runtime::{
    Builder, CheckpointId, Checkpointer, Definition, Durability, Error, Graph, Keep, MemorySaver, Outcome, Snapshot,
    Thread,
};
use graph_tests::faulty::Faulty;
use graph_tests::stores::open_store;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use tempfile::TempDir;

/// A thread as it should be.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) head: u64,
    pub(crate) kept: BTreeMap<u64, (u64, View)>,
}

pub(crate) struct Subject {
    engine: &'static str,
    directory: TempDir,
    pub(crate) store: Option<Arc<dyn Checkpointer>>,
    newer: bool,
    pub(crate) known: BTreeMap<usize, Known>,
}

pub(crate) type Handle<P> = Thread<<P as Program>::Graph>;

impl Subject {
    pub(crate) fn new(engine: &'static str) -> Subject {
        let directory = tempfile::tempdir().unwrap();
        let mut subject = Subject { engine, directory, store: None, newer: false, known: BTreeMap::new() };
        subject.open();
        // Large enough from the beginning for records to leap.
        let script = vec![Turn { act: Act::Picture(36_000), way: Way::Act }];
        let call = Call::Begin { script, restart: false };
        subject.operate(&Operation {
            thread: 0,
            call,
            limit: 9,
            durability: Durability::Sync,
            crash: None,
            meanwhile: None,
        });
        subject
    }

    fn open(&mut self) {
        if self.engine == "memory" {
            self.store.get_or_insert_with(|| Arc::new(MemorySaver::new()));
            return;
        }
        self.store = None;
        self.store = Some(open_store(&self.directory.path().join(self.engine)).unwrap());
    }

    pub(crate) fn operate(&mut self, operation: &Operation) {
        if let Call::Upgrade = operation.call {
            self.newer = true;
            for known in self.known.values_mut() {
                known.kept.values_mut().for_each(|(_, view)| *view = view.upgraded());
            }
        }
        if matches!(operation.call, Call::Reopen | Call::Upgrade) {
            self.open();
        } else if self.newer {
            self.call::<newer::Newer>(operation);
        } else {
            self.call::<older::Older>(operation);
        }
        if operation.crash.is_some() {
            self.open();
        }
        if self.newer { self.look::<newer::Newer>(operation) } else { self.look::<older::Older>(operation) }
    }

    /// The graph, as another process has it.
    pub(crate) fn graph<G: Definition<Context = World>>(
        &self,
        limit: u64,
        durability: Durability,
        late: bool,
    ) -> Graph<G> {
        let store = Faulty::new(Arc::clone(self.store.as_ref().unwrap()));
        let store = if late { store.late() } else { store };
        let graph = Builder::<G>::new().context(World::default()).checkpointer(store);
        graph.step_limit(limit).durability(durability).unchecked()
    }

    fn call<P: Program>(&mut self, operation: &Operation) {
        let Operation { thread: id, call, limit, durability, crash, meanwhile } = operation.clone();
        let world = Arc::new(World::default());
        let store = Faulty::new(Arc::clone(self.store.as_ref().unwrap()));
        let store = if crash.is_some() { store.late() } else { store };
        if let Some((calls, keep)) = meanwhile.filter(|_| call.runs()) {
            let other = self.graph::<P::Graph>(1, Durability::Sync, false).thread(id.to_string());
            store.meanwhile(calls, move || match block_on(other.prune(keep)) {
                Ok(_) | Err(Error::Conflict { .. }) => {}
                Err(error) => panic!("{error} {error:?}"),
            });
        }
        let graph = Builder::<P::Graph>::new().context(Arc::clone(&world)).checkpointer(store);
        let graph = graph.step_limit(limit).durability(durability).unchecked();
        let thread: Handle<P> = graph.thread(id.to_string());
        let before = self.known.get(&id).cloned();
        let at = |at: usize| {
            let ids: Vec<u64> = before.iter().flat_map(|known| known.kept.keys().copied()).collect();
            thread.at(CheckpointId(if ids.is_empty() { 1 } else { ids[at % ids.len()] }))
        };
        match call {
            Call::Begin { script, restart } => {
                let run = thread.resume_or_invoke(P::begin(script.clone()));
                ended::<P>(drive(if restart { thread.invoke(P::begin(script)).restart() } else { run }, crash));
            }
            Call::Resume => ended::<P>(drive(thread.resume(), crash)),
            Call::Reply(number) => ended::<P>(drive(thread.reply(P::reply(number)), crash)),
            Call::Replay(id) => ended::<P>(drive(at(id).replay(), crash)),
            Call::Fork(id, number) => ended::<P>(drive(at(id).fork(P::edit(number)), crash)),
            Call::Edit(number) => edited::<P>(drive(thread.update(P::edit(number)), crash)),
            Call::EditAt(id, number) => edited::<P>(drive(at(id).update(P::edit(number)), crash)),
            Call::Cancel => {
                refused(drive(thread.cancel("enough"), crash));
            }
            Call::Prune(keep, poor) => {
                let pruned = if poor {
                    drive(
                        self.graph::<poor::Reading>(1, durability, crash.is_some()).thread(id.to_string()).prune(keep),
                        crash,
                    )
                } else {
                    drive(thread.prune(keep), crash)
                };
                let pruned = pruned.map(Result::unwrap);
                if let (Keep::Last(count), Some(pruned), Some(known)) = (keep, pruned, self.known.get_mut(&id)) {
                    let all = known.kept.len();
                    known.kept.retain(|id, _| id + count.max(1) > known.head);
                    assert_eq!(pruned, (all - known.kept.len()) as u64);
                }
            }
            Call::Copy(to) => {
                if to != id {
                    block_on(graph.thread(to.to_string()).delete()).unwrap();
                    self.known.remove(&to);
                    if let Some(Some(_)) = drive(thread.copy_to(&to.to_string()), crash).map(refusal) {
                        self.known.insert(to, before.clone().unwrap());
                    } else if before.is_some() {
                        block_on(self.graph::<P::Graph>(1, durability, false).thread(to.to_string()).delete()).unwrap();
                    }
                }
            }
            Call::Move => self.moved::<P>(&thread, id),
            Call::Delete => {
                if drive(thread.delete(), crash).is_none() {
                    block_on(self.graph::<P::Graph>(1, durability, false).thread(id.to_string()).delete()).unwrap();
                }
                self.known.remove(&id);
            }
            Call::Reopen | Call::Upgrade => {}
        }
        drop(thread);
        self.follow::<P>(id, operation, &world);
    }

    /// Into another store, and back.
    fn moved<P: Program>(&self, thread: &Handle<P>, id: usize) {
        if !self.known.contains_key(&id) {
            return;
        }
        let (mut file, mut again) = (Vec::new(), Vec::new());
        block_on(thread.export(&mut file)).unwrap();
        let other = tempfile::tempdir().unwrap();
        let engine = if self.engine == "sled" { "redb" } else { "sled" };
        let store = open_store(&other.path().join(engine)).unwrap();
        let graph = Builder::<P::Graph>::new().context(World::default()).checkpointer(Faulty::new(store)).unchecked();
        let there = block_on(graph.import(&*file)).unwrap();
        self.agree::<P>(id, &all::<P>(&there), false);
        block_on(there.export(&mut again)).unwrap();
        block_on(thread.delete()).unwrap();
        let back = self.graph::<P::Graph>(1, Durability::Sync, false);
        let back = block_on(back.import(&*again)).unwrap();
        assert_eq!(block_on(back.verify()).unwrap(), self.known[&id].kept.len() as u64);
    }
}

/// Polls a call to its end, or drops it after so many polls.
fn drive<T>(call: impl IntoFuture<Output = T>, polls: Option<usize>) -> Option<T> {
    let mut call = Box::pin(call.into_future());
    let mut polled = 0;
    block_on(poll_fn(|cx| {
        if polls == Some(polled) {
            return Poll::Ready(None);
        }
        polled += 1;
        call.as_mut().poll(cx).map(Some)
    }))
}

fn ended<P: Program>(end: Option<Result<Outcome<crate::world::State<P>>, Error>>) {
    let _ = end.map(refusal);
}

fn edited<P: Program>(end: Option<Result<Snapshot<P::Graph>, Error>>) {
    let _ = end.map(refusal);
}

fn refused(end: Option<Result<(), Error>>) {
    let _ = end.map(refusal);
}

/// Nothing, if the thread is not where this can be done.
fn refusal<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(
            Error::UnknownThread { .. }
            | Error::UnknownCheckpoint { .. }
            | Error::NothingToResume { .. }
            | Error::NothingToCancel { .. }
            | Error::NotWaiting { .. }
            | Error::AlreadyReplied { .. }
            | Error::SeveralWaiting { .. },
        ) => None,
        Err(error) => panic!("{error} {error:?}"),
    }
}
