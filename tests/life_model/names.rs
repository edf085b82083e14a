//! The ids of pauses, which nobody can foretell, and the numbers that the model has for them: one to one, and for ever.

use crate::graph::Living;
use crate::thread::{Seen, Waits};
use graph_runtime::{Snapshot, Waiting, WaitingId};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    ids: BTreeMap<u64, WaitingId>,
    numbers: BTreeMap<WaitingId, u64>,
}

impl Names {
    /// Takes the ids of pauses that are seen for the first time for those of the ones that the model has in their place.
    pub(crate) fn learn(&mut self, wanted: &[Waits], found: &[Waiting]) {
        for (wanted, found) in wanted.iter().zip(found) {
            if !self.ids.contains_key(&wanted.number) && !self.numbers.contains_key(found.id()) {
                self.ids.insert(wanted.number, found.id().clone());
                self.numbers.insert(found.id().clone(), wanted.number);
            }
        }
    }

    /// 0 for an id that was never seen.
    pub(crate) fn number(&self, id: &WaitingId) -> u64 {
        self.numbers.get(id).copied().unwrap_or(0)
    }

    /// `None` for a pause that nobody has seen, because its run was dropped.
    pub(crate) fn id(&self, number: u64) -> Option<&WaitingId> {
        self.ids.get(&number)
    }

    pub(crate) fn waits(&self, found: &Waiting) -> Waits {
        let (task, question) = (found.task().to_owned(), found.question_json().to_owned());
        Waits { number: self.number(found.id()), task, item: found.item(), question }
    }

    pub(crate) fn seen(&self, snapshot: &Snapshot<Living>) -> Seen {
        let failure = |failure: &graph_runtime::Failure| (failure.task.clone(), failure.attempts);
        Seen {
            id: snapshot.id.0,
            parent: snapshot.parent.map(|parent| parent.0),
            step: snapshot.step,
            source: snapshot.source,
            status: snapshot.status,
            state: snapshot.state.clone(),
            tasks: snapshot.tasks.clone(),
            waiting: snapshot.waiting.iter().map(|waiting| self.waits(waiting)).collect(),
            replies: snapshot.replies.iter().map(|reply| self.number(&reply.id)).collect(),
            failures: snapshot.failures.iter().map(failure).collect(),
            request: snapshot.request.clone(),
            tags: snapshot.tags.clone(),
        }
    }
}
