//! The model of what becomes of a history: what is pruned, and what is copied.

use crate::end::End;
use crate::operation::Kept;
use crate::reference::Model;
use crate::thread::{Checkpoint, Thread};
use graph_runtime::Status;

/// How many records a prune removes at once.
const PAGE: usize = 256;

impl Model {
    pub(crate) fn prune(&mut self, id: usize, kept: Kept) -> End {
        let Some(thread) = self.threads.get(&id) else { return End::Pruned(0) };
        let made = thread.made();
        let asks = |at: &Checkpoint| at.tasks.iter().any(|task| task.ask.is_some());
        let older = thread.kept.iter().filter(|(id, _)| **id < made);
        let goes: Vec<u64> = match kept {
            Kept::Last(count) => older.map(|(id, _)| *id).filter(|id| id + count.max(1) <= made).collect(),
            Kept::Since(mark) => {
                let mark = mark % (self.marks + 1);
                older.take_while(|(_, at)| at.mark < mark).map(|(id, _)| *id).collect()
            }
            Kept::Pauses => older.rev().filter(|(_, at)| !asks(at)).map(|(id, _)| *id).collect(),
        };
        for page in goes.chunks(PAGE) {
            self.thread_mut(id).kept.retain(|id, _| !page.contains(id));
            self.wrote();
        }
        End::Pruned(goes.len() as u64)
    }

    pub(crate) fn copy(&mut self, id: usize, to: usize) -> End {
        let Some(thread) = self.threads.get(&id).cloned() else { return End::UnknownThread };
        match self.status(to) {
            Some(Status::Copying) => {
                self.threads.remove(&to);
                self.wrote();
            }
            Some(_) => return End::ThreadExists,
            None => {}
        }
        self.threads.insert(to, Thread::new(Status::Copying));
        self.wrote();
        let Thread { kept, mut requests, .. } = thread.clone();
        // What is pruned is not there to be copied, and nobody else knows the requests that it answered.
        requests.retain(|_, answer| kept.contains_key(answer));
        self.threads.insert(to, Thread { requests, ..thread });
        self.wrote();
        End::Done
    }
}
