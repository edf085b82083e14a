//! The model of replies: whom they are for, and what is refused.

use crate::end::End;
use crate::operation::{Answer, Reply, Target};
use crate::reference::Model;
use crate::thread::Thread;
use graph_runtime::Status;

impl Model {
    /// The pause that a reply is addressed to, by its number; 0 for one that there is not.
    pub(crate) fn addressed(&self, id: usize, to: Target) -> Option<u64> {
        let thread = self.whole(id);
        let one = |of: Vec<u64>, which: usize| which.checked_rem(of.len()).map_or(0, |which| of[which]);
        match to {
            Target::Kind => None,
            Target::Open(which) => {
                let open = thread.map(Thread::open).unwrap_or_default();
                Some(one(open.iter().map(|waits| waits.number).collect(), which))
            }
            Target::Answered(which) => {
                Some(one(thread.iter().flat_map(|thread| thread.inbox.keys()).copied().collect(), which))
            }
            Target::Ever(which) => Some(one((1..=self.asked).collect(), which)),
            Target::Nobody => Some(0),
        }
    }

    /// The answer of a reply, once it is known which pause it is addressed to.
    pub(crate) fn answer(&self, id: usize, to: Target, reply: Reply) -> Answer {
        let number = self.addressed(id, to);
        let tasks = self.whole(id).into_iter().flat_map(|thread| &thread.head().tasks);
        let mut asking = tasks.filter(|task| task.ask.is_some());
        let task = match number {
            None => asking.next(),
            Some(number) => asking.find(|task| task.ask.as_ref().is_some_and(|ask| ask.number == number)),
        };
        reply.to(task.map(|task| task.node))
    }

    /// Puts a reply into the inbox.
    pub(crate) fn deliver(&mut self, id: usize, to: Option<u64>, answer: Answer) -> Result<(), End> {
        let Some(thread) = self.threads.get_mut(&id) else { return Err(End::UnknownThread) };
        let head = thread.head();
        let asks = head.tasks.iter().filter_map(|task| Some((task.node, task.ask.as_ref()?.number)));
        let number = if let Some(number) = to {
            let found = asks.into_iter().find(|(_, ask)| *ask == number);
            match found {
                Some((node, _)) if node != answer.pause() => return Err(End::WrongReply(number)),
                None if !thread.inbox.contains_key(&number) => return Err(End::UnknownWaiting),
                _ => number,
            }
        } else {
            let kind: Vec<_> = asks.filter(|(node, _)| *node == answer.pause()).map(|(_, ask)| ask).collect();
            let open: Vec<_> = kind.iter().filter(|ask| !thread.inbox.contains_key(ask)).copied().collect();
            match (&*open, kind.last()) {
                ([only], _) => *only,
                ([], Some(answered)) => *answered,
                ([], None) => return Err(End::NotWaiting(thread.status)),
                _ => return Err(End::Several(open)),
            }
        };
        if thread.inbox.contains_key(&number) {
            return Err(End::AlreadyReplied(number));
        }
        thread.inbox.insert(number, answer);
        if matches!(thread.status, Status::Paused | Status::Running | Status::Replied) {
            thread.status = Status::Replied;
        }
        self.wrote();
        Ok(())
    }
}
