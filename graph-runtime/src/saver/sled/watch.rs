//! Wakes a write that sled has forgotten.
//!
//! Where a write of sled's pool to the log fails, sled keeps the error, and on one of its two paths there tells nobody who waits
//! for that write; so a flush can wait for ever on a disk that was full for a moment. A flush that begins after the failure
//! finds the error, returns it, and wakes all others. So while the writer seems to be stuck, some are begun beside it.

use super::engine::guarded;
use ::sled::Db;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How often it looks; a write that takes longer is no harm, only looked after.
const EVERY: Duration = Duration::from_millis(500);

/// Looks after the one thread that writes.
pub(super) struct Watch {
    /// Odd while a write is under way.
    turn: Arc<AtomicU64>,
    /// `None` only while it is being dropped.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn start(db: &Db) -> io::Result<Watch> {
        let turn = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = channel::<()>();
        let (seen, db) = (Arc::clone(&turn), db.clone());
        let thread = Builder::new().name("graph-sled-watch".to_owned()).spawn(move || {
            let (mut last, mut stuck) = (0, 0_u64);
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let turn = seen.load(Ordering::Relaxed);
                stuck = if turn % 2 == 1 && turn == last { stuck + 1 } else { 0 };
                last = turn;
                // Ever less often: one that begins too early waits with the others, for as long as the disk takes.
                if stuck.is_power_of_two() {
                    flush_beside(db.clone());
                }
            }
        })?;
        Ok(Watch { turn, stop: Some(stop), thread: Some(thread) })
    }

    /// Makes a write, which does not unwind.
    pub(super) fn during<T>(&self, write: impl FnOnce() -> T) -> T {
        self.turn.fetch_add(1, Ordering::Relaxed);
        let written = write();
        self.turn.fetch_add(1, Ordering::Relaxed);
        written
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Begins a flush on a thread of its own; one that cannot be had now may be had the next time.
fn flush_beside(db: Db) {
    // Closed within the guard, should it be the last to hold sled.
    let flush = move || drop(guarded(move || Ok(db.flush().map(drop)?)));
    let _ = Builder::new().name("graph-sled-flush".to_owned()).spawn(flush);
}
