//! The model of branches and edits.

use crate::end::End;
use crate::graph::LivingNode;
use crate::nodes::{ask_again, follow, in_desk};
use crate::operation::Trouble;
use crate::reference::Model;
use crate::run::rest;
use crate::thread::{Checkpoint, Thread};
use graph_runtime::{Source, Status};
use std::collections::BTreeMap;

/// What is edited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edit {
    Newest,
    At(u64),
}

impl Model {
    /// Begins a branch at a checkpoint, and runs it.
    pub(crate) fn fork(
        &mut self,
        id: usize,
        at: usize,
        word: Option<u8>,
        request: Option<u8>,
        trouble: &Trouble,
    ) -> End {
        if let Some(end) = request.and_then(|request| self.answered(id, request)) {
            return end;
        }
        if let Some(thread) = self.threads.get(&id)
            && request.is_some()
            && thread.unfinished()
            && thread.head().request == request
        {
            return self.resume(id, trouble);
        }
        let at = self.at(id, at);
        let Some(base) = self.base(id, at) else { return End::UnknownCheckpoint };
        self.leave(id);
        let mut next = branch(&base, word);
        next.request = request;
        if !next.tasks.is_empty() {
            next.status = rest(&next.tasks, Status::Running);
        }
        self.commit(id, Some(at), next);
        match self.threads[&id].status {
            Status::Cancelled => End::Cancelled("enough".to_owned()),
            _ => self.resume(id, trouble),
        }
    }

    /// Edits a checkpoint, and runs nothing.
    pub(crate) fn edit(&mut self, id: usize, edit: Edit, word: Option<u8>, node: Option<LivingNode>) -> End {
        if node.is_some_and(in_desk) {
            return End::NodeInBranch;
        }
        match edit {
            Edit::Newest => self.edit_newest(id, word, node),
            Edit::At(at) => {
                let Some(base) = self.base(id, at) else { return End::UnknownCheckpoint };
                self.leave(id);
                let mut next = branch(&base, word);
                if let Some(node) = node {
                    next.state = base.state.clone();
                    stand_in(&mut next, word, node);
                } else if !next.tasks.is_empty() {
                    next.status = rest(&next.tasks, Status::Stopped);
                }
                self.commit(id, Some(at), next);
            }
        }
        End::Edited(Box::new(self.threads[&id].snapshot()))
    }

    fn edit_newest(&mut self, id: usize, word: Option<u8>, node: Option<LivingNode>) {
        if node.is_some() {
            self.leave(id);
        }
        let thread = self.threads.get(&id);
        let (goes_on, parent) = (thread.is_some_and(Thread::unfinished), thread.map(Thread::made));
        let mut next = thread.map_or_else(Checkpoint::none, |thread| thread.head().clone());
        (next.source, next.used) = (Source::Update, Vec::new());
        next.request = next.request.filter(|_| goes_on);
        if let Some(node) = node {
            for task in &next.tasks {
                if let Some(patch) = next.left.get(&task.name()) {
                    patch.apply(&mut next.state);
                }
            }
            stand_in(&mut next, word, node);
            return self.commit(id, parent, next);
        }
        next.state.log.extend(word);
        next.status = thread.map_or(Status::Finished, |thread| thread.status);
        // The same tasks go on, with what they have left.
        self.append(id, parent, next);
    }

    /// Leaves what a thread waits for, and the replies to it that no run has taken.
    pub(crate) fn leave(&mut self, id: usize) {
        if self.status(id) == Some(Status::Replied) {
            self.say(id, Status::Running);
        }
    }

    /// A checkpoint as its record has it.
    fn base(&self, id: usize, at: u64) -> Option<Checkpoint> {
        let found = self.threads.get(&id)?.kept.get(&at)?;
        Some(Checkpoint { halt: None, left: BTreeMap::new(), ..Checkpoint::clone(found) })
    }
}

/// What a branch begins with.
fn branch(base: &Checkpoint, word: Option<u8>) -> Checkpoint {
    let mut next = Checkpoint { source: Source::Fork, request: None, used: Vec::new(), ..base.clone() };
    next.state.log.extend(word);
    next.tasks = ask_again(&next.tasks, &next.state);
    next
}

/// Takes an edit for the work of a node.
fn stand_in(next: &mut Checkpoint, word: Option<u8>, node: LivingNode) {
    next.state.hint = None;
    next.state.log.extend(word);
    next.tasks = follow(node, &next.state);
    next.status = rest(&next.tasks, Status::Stopped);
}
