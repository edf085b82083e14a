//! Comparing what is read with what is known.

use crate::operation::{Call, Operation, THREADS};
use crate::subject::{Handle, Subject};
use crate::view::View;
use crate::world::{Program, World};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Durability, Keep, Snapshot};
use graph_tests::thread_of;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many records with leaps a thread had at most.
pub(crate) static LEAPS: AtomicUsize = AtomicUsize::new(0);

impl Subject {
    /// Takes in what a call has made of a thread.
    pub(crate) fn follow<P: Program>(&mut self, id: usize, operation: &Operation, world: &World) {
        let Operation { call, crash, meanwhile, .. } = operation;
        let graph = self.graph::<P::Graph>(1, Durability::Sync, false);
        let thread = graph.thread(id.to_string());
        let history = all::<P>(&thread);
        let Some(newest) = history.first().map(|newest| newest.id.0) else {
            assert!(!self.known.contains_key(&id) || matches!(call, Call::Delete));
            self.known.remove(&id);
            return;
        };
        let known = self.known.entry(id).or_default();
        let found: BTreeMap<u64, (u64, View)> =
            history.iter().map(|at| (at.id.0, (at.step, P::view(&at.state)))).collect();
        let prunes = meanwhile.is_some() && call.runs() || crash.is_some() && matches!(call, Call::Prune(..));
        if prunes || matches!(call, Call::Prune(Keep::Pauses, _)) {
            known.kept.retain(|id, _| found.contains_key(id));
        }
        let made: BTreeMap<u64, &(u64, View)> = found.range(known.head + 1..).map(|(id, view)| (*id, view)).collect();
        // What another process prunes during the run is gone before anybody has looked.
        let gone = |id: &u64| meanwhile.is_some() && !made.contains_key(id);
        let ids: Vec<u64> = (known.head + 1..=newest).filter(|id| !gone(id)).collect();
        assert_eq!(made.keys().copied().collect::<Vec<_>>(), ids);
        for (step, view) in world.seen.lock().unwrap().iter() {
            let new = made.values().rfind(|(made, _)| made == step).map(|(_, view)| view);
            let head = known.kept.get(&known.head).filter(|(made, _)| made == step && call.resumes());
            if let Some(stored) = new.or(head.map(|(_, view)| view)) {
                assert_eq!(stored, view, "what the node after step {step} saw");
            }
        }
        known.kept.extend(made.into_iter().map(|(id, view)| (id, view.clone())));
        known.head = newest;
    }

    /// Looks at all that there is, in more than one way.
    pub(crate) fn look<P: Program>(&self, operation: &Operation) {
        let graph = self.graph::<P::Graph>(1, Durability::Sync, false);
        for id in 0..THREADS {
            let thread = graph.thread(id.to_string());
            let Some(known) = self.known.get(&id) else {
                assert!(block_on(thread.snapshot()).unwrap().is_none());
                continue;
            };
            let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
            assert_eq!(snapshot.id.0, known.head);
            assert_eq!(P::view(&snapshot.state), known.kept[&known.head].1);
            if id == operation.thread || matches!(operation.call, Call::Upgrade | Call::Copy(_)) {
                self.agree::<P>(id, &all::<P>(&thread), true);
                assert_eq!(block_on(thread.verify()).unwrap(), known.kept.len() as u64);
                // Each alone, without what the later ones were read with.
                for (id, (_, view)) in known.kept.iter().skip(usize::try_from(known.head % 5).unwrap()).step_by(7) {
                    let found = block_on(thread.at(CheckpointId(*id)).snapshot()).unwrap();
                    assert_eq!(P::view(&found.state), *view, "checkpoint {id}");
                }
            }
        }
    }

    pub(crate) fn agree<P: Program>(&self, id: usize, history: &[Snapshot<P::Graph>], count: bool) {
        let known = &self.known[&id];
        assert_eq!(
            history.iter().map(|at| at.id.0).collect::<Vec<_>>(),
            known.kept.keys().rev().copied().collect::<Vec<_>>()
        );
        for at in history {
            assert_eq!(P::view(&at.state), known.kept[&at.id.0].1, "checkpoint {} of thread {id}", at.id);
        }
        if count {
            let store = self.store.as_ref().unwrap();
            let records = block_on(store.range(&thread_of("Reading", &id.to_string()), None, usize::MAX)).unwrap();
            LEAPS.fetch_max(records.iter().filter(|(_, record)| record[3] == 3).count(), Ordering::Relaxed);
        }
    }
}

pub(crate) fn all<P: Program>(thread: &Handle<P>) -> Vec<Snapshot<P::Graph>> {
    block_on(thread.history().try_collect()).unwrap()
}
