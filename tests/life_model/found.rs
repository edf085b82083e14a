//! The threads as they are found.

use crate::graph::Living;
use crate::names::Names;
use crate::place::Opened;
use crate::reference::Threads;
use crate::thread::{Seen, Thread};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Error, Head, Snapshot, Status, ThreadSummary};
use graph_tests::thread_of;
use std::collections::BTreeMap;
use std::fmt;

/// A thread as its readers see it; `None` if it is a copy that is not whole.
#[derive(Debug)]
pub(crate) struct Found(Option<Whole>);

struct Whole {
    snapshot: Option<Snapshot<Living>>,
    history: Vec<Snapshot<Living>>,
    /// What only a look at everything tells.
    rest: Option<Rest>,
}

struct Rest {
    branch: Vec<u64>,
    verified: u64,
}

type Handle = graph_runtime::Thread<Living>;

impl Found {
    /// The newest checkpoint, as it is seen from everywhere.
    pub(crate) fn newest(thread: &Handle) -> Found {
        Found::with(thread, || {
            let history = block_on(thread.history().limit(1).try_collect()).unwrap();
            (history, None)
        })
    }

    /// The whole thread.
    pub(crate) fn all(thread: &Handle) -> Found {
        Found::with(thread, || {
            let history = block_on(thread.history().try_collect()).unwrap();
            let branch = thread.history().branch().map(|at| at.map(|at| at.id.0));
            let branch = block_on(branch.try_collect::<u64, Error, Vec<u64>>()).unwrap();
            (history, Some(Rest { branch, verified: block_on(thread.verify()).unwrap() }))
        })
    }

    fn with(thread: &Handle, rest: impl FnOnce() -> (Vec<Snapshot<Living>>, Option<Rest>)) -> Found {
        match block_on(thread.snapshot()) {
            Err(Error::Copying { .. }) => Found(None),
            snapshot => {
                let (history, rest) = rest();
                Found(Some(Whole { snapshot: snapshot.unwrap(), history, rest }))
            }
        }
    }

    /// Compares it with what the model says.
    pub(crate) fn agree(&self, wanted: Option<&Thread>, names: &mut Names) {
        let Some(found) = &self.0 else {
            assert_eq!(wanted.map(|wanted| wanted.status), Some(Status::Copying));
            return;
        };
        let Some(wanted) = wanted else {
            assert!(found.snapshot.is_none() && found.history.is_empty());
            return;
        };
        assert_ne!(wanted.status, Status::Copying);
        let (snapshot, history) = found.seen(wanted, names);
        assert_eq!(snapshot, Some(wanted.snapshot()));
        let all = found.rest.is_some();
        let shown: Vec<_> = wanted.history().take(if all { usize::MAX } else { 1 }).collect();
        assert_eq!(history, shown);
        if let Some(Rest { branch, verified }) = &found.rest {
            assert_eq!(*branch, wanted.branch());
            assert_eq!(*verified, wanted.kept.len() as u64);
        }
    }

    /// Whether the model says the same.
    pub(crate) fn agrees(&self, wanted: Option<&Thread>, names: &Names) -> bool {
        match (&self.0, wanted) {
            (None, wanted) => wanted.is_some_and(|wanted| wanted.status == Status::Copying),
            (Some(found), None) => found.snapshot.is_none(),
            (Some(_), Some(wanted)) if wanted.status == Status::Copying => false,
            (Some(found), Some(wanted)) => {
                let (snapshot, history) = found.seen(wanted, &mut names.clone());
                snapshot == Some(wanted.snapshot()) && wanted.history().eq(history)
            }
        }
    }
}

impl Whole {
    fn seen(&self, wanted: &Thread, names: &mut Names) -> (Option<Seen>, Vec<Seen>) {
        for (wanted, found) in wanted.history().zip(&self.history) {
            names.learn(&wanted.waiting, &found.waiting);
        }
        let snapshot = self.snapshot.as_ref().map(|snapshot| names.seen(snapshot));
        (snapshot, self.history.iter().map(|at| names.seen(at)).collect())
    }
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Names::default();
        f.debug_list().entries(self.snapshot.iter().chain(&self.history).map(|at| names.seen(at))).finish()
    }
}

impl<S: Checkpointer + Clone> Opened<S> {
    /// The listing of the threads is what the model says.
    pub(crate) fn agree(&self, threads: &Threads) {
        let listed: Vec<ThreadSummary> = block_on(self.graph.threads().try_collect()).unwrap();
        let found = listed.iter().map(|thread| (thread.id.as_str().parse().unwrap(), thread.status));
        let wanted = threads.iter().map(|(id, thread)| (*id, thread.status));
        assert_eq!(found.collect::<Vec<(usize, _)>>(), wanted.collect::<Vec<_>>());
    }
}

/// A thread as its store has it.
#[derive(PartialEq)]
pub(crate) struct Raw {
    head: Option<Head>,
    records: BTreeMap<CheckpointId, Vec<u8>>,
    /// What lies beside the newest record.
    entries: Vec<(String, Vec<u8>)>,
    inbox: Vec<(String, Vec<u8>)>,
}

impl Raw {
    pub(crate) fn of(store: &impl Checkpointer, id: usize) -> Raw {
        let key = thread_of("Living", &id.to_string());
        block_on(async {
            let head = store.head(&key).await.unwrap();
            let mut entries = Vec::new();
            if let Some(head) = head {
                entries = store.pending(&key, head.checkpoint).await.unwrap();
            }
            Raw {
                head,
                records: store.range(&key, None, usize::MAX).await.unwrap().into_iter().collect(),
                entries,
                inbox: store.deliveries(&key, None, usize::MAX).await.unwrap(),
            }
        })
    }

    /// What was there before is there as it was.
    pub(crate) fn follows(&self, before: &Raw) {
        for (id, record) in &before.records {
            assert!(self.records.get(id) == Some(record), "record {id} has changed");
        }
        assert!(before.inbox.iter().all(|reply| self.inbox.contains(reply)), "a reply has changed");
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |named: &[(String, Vec<u8>)]| named.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let Raw { head, records, entries, inbox } = self;
        write!(f, "{head:?} of {} records, with {:?}, and {:?}", records.len(), names(entries), names(inbox))
    }
}
