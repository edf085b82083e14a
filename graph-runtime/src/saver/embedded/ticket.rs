//! What a caller waits for, and how it is told.

use crate::StoreError;
use futures_channel::oneshot::{self, Receiver, Sender};

/// The answer to a write.
pub(in crate::saver) type Answer = Result<(), StoreError>;

/// What a caller waits for after a write was handed in.
#[derive(Debug)]
pub(super) enum Ticket {
    /// Nothing.
    Done,
    /// Until the queue is no longer full.
    Full(Receiver<Answer>),
    /// Until the write is durable.
    Durable(Receiver<Answer>),
}

impl Ticket {
    pub(super) async fn wait(self) -> Answer {
        match self {
            Ticket::Done => Ok(()),
            Ticket::Full(answer) | Ticket::Durable(answer) => answer.await.unwrap_or(Err(StoreError::Closed)),
        }
    }
}

/// Adds a waiter.
pub(super) fn join<T>(waiting: &mut Vec<Sender<T>>) -> Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    waiting.push(sender);
    receiver
}

/// Wakes everybody who waits; who no longer does is passed over.
pub(super) fn answer<T>(waiting: Vec<Sender<T>>, answer: impl Fn() -> T) {
    for sender in waiting {
        let _ = sender.send(answer());
    }
}
