//! The model: the threads as they should be, and what each operation does to them.

use crate::edit::Edit;
use crate::end::End;
use crate::graph::{Life, LivingNode, cover, first};
use crate::nodes::{arrive, in_desk};
use crate::operation::{Call, Operation, Start, Trouble};
use crate::run::rest;
use crate::thread::{Checkpoint, Thread};
use graph_runtime::{GraphState, Source, Status};
use std::collections::BTreeMap;

/// How many threads there are.
pub(crate) const THREADS: usize = 4;

pub(crate) type Threads = BTreeMap<usize, Thread>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) threads: Threads,
    /// How many pauses threads have come to.
    pub(crate) asked: u64,
    pub(crate) marks: usize,
    /// The nodes that ran in the last call.
    pub(crate) ran: Vec<LivingNode>,
    /// The so-manieth node that is still to run fails; none, if it is zero.
    pub(crate) fails: u8,
    /// Every state of the store since the call began, the last one aside: what a call that is dropped may leave.
    pub(crate) worlds: Option<Vec<Threads>>,
}

impl Model {
    pub(crate) fn status(&self, thread: usize) -> Option<Status> {
        self.threads.get(&thread).map(|thread| thread.status)
    }

    pub(crate) fn waits(&self, thread: usize) -> bool {
        self.whole(thread).is_some_and(|thread| !thread.open().is_empty())
    }

    /// A thread, unless it is a copy that is not whole.
    pub(crate) fn whole(&self, thread: usize) -> Option<&Thread> {
        self.threads.get(&thread).filter(|thread| thread.status != Status::Copying)
    }

    pub(crate) fn thread_mut(&mut self, id: usize) -> &mut Thread {
        self.threads.get_mut(&id).expect("the thread is there")
    }

    /// Notes that something was written.
    pub(crate) fn wrote(&mut self) {
        if let Some(worlds) = &mut self.worlds {
            worlds.push(self.threads.clone());
        }
    }

    /// The checkpoint that a number stands for: mostly one that is kept.
    pub(crate) fn at(&self, id: usize, at: usize) -> u64 {
        let Some(thread) = self.whole(id) else { return at as u64 % 4 };
        if at % 8 == 7 {
            return at as u64 / 8 % (thread.made() + 2);
        }
        let kept = thread.kept.keys();
        kept.clone().nth(at % kept.len()).copied().unwrap_or(0)
    }

    /// Does an operation, as if it ran to its end.
    pub(crate) fn operate(&mut self, operation: &Operation) -> End {
        let Operation { thread: id, call, trouble } = operation;
        let id = *id;
        self.ran.clear();
        self.fails = trouble.fails;
        self.worlds = trouble.crash.map(|_| vec![self.threads.clone()]);
        if self.status(id) == Some(Status::Copying) && !self.serves_copies(id, call) {
            return End::Copying;
        }
        match call {
            Call::Invoke { start, table, fresh, request } => self.invoke(id, *start, table, *fresh, *request, trouble),
            Call::Resume => match self.threads.get(&id) {
                None => End::UnknownThread,
                Some(thread) if thread.unfinished() => self.resume(id, trouble),
                Some(thread) => End::Nothing(thread.status),
            },
            Call::Reply { to, reply, only } => {
                let (to, answer) = (self.addressed(id, *to), self.answer(id, *to, *reply));
                match self.deliver(id, to, answer) {
                    Err(end) => end,
                    Ok(()) if *only => End::Done,
                    Ok(()) => self.resume(id, trouble),
                }
            }
            Call::Replay { at } => self.fork(id, *at, None, None, trouble),
            Call::Fork { at, word, request } => self.fork(id, *at, Some(*word), *request, trouble),
            Call::Update { word, node } => self.edit(id, Edit::Newest, Some(*word), *node),
            Call::UpdateAt { at, word, node } => self.edit(id, Edit::At(self.at(id, *at)), Some(*word), *node),
            Call::Cancel => self.cancel(id),
            Call::Recover => {
                let left = |thread: &Thread| matches!(thread.status, Status::Running | Status::Replied);
                let running = self.threads.iter().filter(|(_, thread)| left(thread));
                let ids: Vec<_> = running.map(|(id, _)| *id).collect();
                // Breakpoints are for whoever runs one thread.
                End::Recovered(ids.into_iter().map(|id| (id, self.resume(id, &Trouble::default()))).collect())
            }
            Call::Prune(kept) => self.prune(id, *kept),
            Call::CopyTo(to) => self.copy(id, *to),
            Call::Delete => {
                self.threads.remove(&id);
                self.wrote();
                End::Done
            }
            Call::Mark => {
                self.marks += 1;
                End::Done
            }
            Call::Reopen => End::Done,
        }
    }

    /// Whether a call does not mind that its thread is a copy that is not whole.
    fn serves_copies(&self, id: usize, call: &Call) -> bool {
        match call {
            Call::Delete | Call::Recover | Call::Mark | Call::Reopen => true,
            // The node is refused before the thread is looked at.
            Call::Update { node: Some(node), .. } | Call::UpdateAt { node: Some(node), .. } => {
                debug_assert!(self.threads.contains_key(&id));
                in_desk(*node)
            }
            _ => false,
        }
    }

    fn invoke(
        &mut self,
        id: usize,
        start: Start,
        table: &[u8],
        fresh: bool,
        request: Option<u8>,
        trouble: &Trouble,
    ) -> End {
        if let Some(end) = request.and_then(|request| self.answered(id, request)) {
            return end;
        }
        if let Some(thread) = self.threads.get(&id).filter(|thread| start != Start::Anew && thread.unfinished()) {
            let same = request.is_some() && thread.head().request == request;
            if start == Start::IfFinished && !same {
                return End::Unfinished(thread.status);
            }
            let end = self.resume(id, trouble);
            if request.is_none() || same || !matches!(end, End::Finished(_)) {
                return end;
            }
        }
        self.leave(id);
        let mut next = self.threads.get(&id).map_or_else(Checkpoint::none, |thread| thread.head().clone());
        next.state.hint = None;
        next.state.table = table.to_vec();
        if fresh {
            (next.state.log, next.state.text) = (Vec::new(), cover());
        }
        let (tasks, used) = (arrive(first(&next.state), &next.state), Vec::new());
        let (source, status, tag) = (Source::Input, rest(&tasks, Status::Running), Some(format!("{table:?}")));
        let parent = self.threads.get(&id).map(Thread::made);
        self.commit(id, parent, Checkpoint { source, status, tasks, request, tag, used, ..next });
        self.drive(id, trouble, false, false)
    }

    /// How a request ends that the thread has seen.
    pub(crate) fn answered(&self, id: usize, request: u8) -> Option<End> {
        let thread = self.threads.get(&id)?;
        let Some(last) = thread.kept.get(thread.requests.get(&request)?) else { return Some(End::RequestPruned) };
        match last.status {
            Status::Finished => Some(End::Finished(last.state.clone())),
            Status::Cancelled => Some(End::Cancelled("enough".to_owned())),
            _ if thread.head().request == Some(request) => None,
            _ => Some(End::RequestDropped),
        }
    }

    fn cancel(&mut self, id: usize) -> End {
        let Some(thread) = self.threads.get(&id) else { return End::UnknownThread };
        if !thread.unfinished() {
            return if thread.status == Status::Cancelled { End::Done } else { End::Nothing(thread.status) };
        }
        let (head, made) = (thread.head().clone(), thread.made());
        let (tasks, used, source, status) = (Vec::new(), Vec::new(), Source::Cancel, Status::Cancelled);
        self.commit(id, Some(made), Checkpoint { source, status, tasks, used, ..head });
        End::Done
    }
}

impl Checkpoint {
    /// What a thread that has never run begins with.
    pub(crate) fn none() -> Checkpoint {
        Checkpoint {
            parent: None,
            step: 0,
            source: Source::Update,
            status: Status::Finished,
            state: Life::initial(),
            tasks: Vec::new(),
            request: None,
            tag: None,
            used: Vec::new(),
            mark: 0,
            halt: None,
            left: BTreeMap::new(),
        }
    }
}
