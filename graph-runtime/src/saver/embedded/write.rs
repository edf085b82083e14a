//! What the queue holds.

use super::keys::Names;
use super::ticket::Answer;
use crate::{Append, Deliver, Head, Prune, PutPending};
use futures_channel::oneshot::Sender;

/// One write, accepted.
#[derive(Debug)]
pub(super) enum Write {
    Append(Names, Append),
    /// With the head as it is from now on, if it changes.
    Pending(Names, PutPending, Option<Head>),
    /// With the head as it is from now on, if it changes.
    Deliver(Names, Deliver, Option<Head>),
    Prune(Names, Prune),
    Delete(Names),
}

impl Write {
    /// The append, if a crash may leave its record without its head: no read finds such a record, and the thread's next append
    /// replaces it.
    pub(super) fn gradual(&self) -> Option<(&Names, &Append)> {
        match self {
            Write::Append(names, append) => {
                let new = append.expected.is_none_or(|(head, _)| head < append.head.checkpoint);
                (new && append.request.is_none()).then_some((names, append))
            }
            Write::Pending(..) | Write::Deliver(..) | Write::Prune(..) | Write::Delete(_) => None,
        }
    }

    /// What the write adds to the queue's size: what it holds, and itself, which of small ones is the most.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Write>() + self.held()
    }

    fn held(&self) -> usize {
        match self {
            Write::Append(_, append) => append.record.len(),
            Write::Pending(_, entry, _) => entry.name.len() + entry.bytes.len(),
            Write::Deliver(_, delivery, _) => delivery.name.len() + delivery.bytes.len(),
            Write::Prune(_, prune) => {
                let entries = prune.entries.iter().map(|(_, name, bytes)| name.len() + bytes.len()).sum::<usize>();
                entries + size_of_val(&*prune.remove)
            }
            Write::Delete(_) => 0,
        }
    }
}

/// What the committer takes at once.
#[derive(Debug, Default)]
pub(super) struct Drained {
    pub(super) writes: Vec<Write>,
    /// Who waits until the writes are durable.
    pub(super) waiting: Vec<Sender<Answer>>,
    /// The position of the last write.
    pub(super) position: u64,
    /// Everything up to there has to become durable now.
    pub(super) synced: bool,
}

impl Drained {
    /// Leaves nothing but the position.
    pub(super) fn take(&mut self) -> Drained {
        let position = self.position;
        std::mem::replace(self, Drained { position, ..Drained::default() })
    }
}
