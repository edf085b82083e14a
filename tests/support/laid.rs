//! All that a store holds of a thread, byte for byte.

use graph_runtime::{Checkpointer, Head, ThreadKey};

/// The record of a checkpoint, and all that lies beside it, byte for byte.
pub type Laid = (Vec<u8>, Vec<(String, Vec<u8>)>);

/// All that a store holds of a thread's checkpoints, the oldest first.
///
/// # Panics
///
/// If something cannot be read.
#[must_use]
pub fn laid(saver: &dyn Checkpointer, thread: &ThreadKey) -> Vec<Laid> {
    futures_lite::future::block_on(async {
        let mut records = saver.range(thread, None, usize::MAX).await.unwrap();
        records.reverse();
        let mut laid = Vec::new();
        for (id, record) in records {
            laid.push((record, saver.pending(thread, id).await.unwrap()));
        }
        laid
    })
}

/// The entries that were delivered to a thread, by their names.
pub type Inbox = Vec<(String, Vec<u8>)>;

/// All that a store holds of a thread: its head, [its checkpoints](laid), and its deliveries.
///
/// # Panics
///
/// If something cannot be read.
#[must_use]
pub fn whole(saver: &dyn Checkpointer, thread: &ThreadKey) -> (Option<Head>, Vec<Laid>, Inbox) {
    let (head, inbox) = futures_lite::future::block_on(async {
        (saver.head(thread).await.unwrap(), saver.deliveries(thread, None, usize::MAX).await.unwrap())
    });
    (head, laid(saver, thread), inbox)
}
