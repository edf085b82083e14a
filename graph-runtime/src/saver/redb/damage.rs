//! What was found damaged of a file, and to whom that is an error.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

/// Which page was found damaged, if one was.
///
/// To redb that page is an empty one: an error would keep it from closing the file, and the next open would refuse all of it. So
/// nothing of what redb says may be believed after that, and nothing may be committed.
#[derive(Clone, Debug, Default)]
pub(super) struct Damage(Arc<Found>);

#[derive(Debug, Default)]
struct Found {
    reason: OnceLock<String>,
    /// Who lets redb write, and cannot look before it does.
    committing: Mutex<Option<ThreadId>>,
}

impl Damage {
    pub(super) fn reason(&self) -> Option<String> {
        self.0.reason.get().cloned()
    }

    /// Lets redb do what nobody can look at before it writes: until that is done, damage is an error to this thread after all. Those
    /// who read meanwhile look at what they have read.
    pub(super) fn committing<T>(&self, commit: impl FnOnce() -> T) -> T {
        *self.0.committing() = Some(thread::current().id());
        let _committing = Committing(&self.0);
        commit()
    }

    /// Whether damage is an error to this thread.
    pub(super) fn is_error(&self) -> bool {
        *self.0.committing() == Some(thread::current().id())
    }

    /// Notes what is wrong with a page, unless another one was found before.
    pub(super) fn found(&self, offset: u64, what: &str) -> io::Error {
        let reason = self.0.reason.get_or_init(|| format!("redb's page at byte {offset} {what}"));
        io::Error::new(io::ErrorKind::InvalidData, reason.as_str())
    }
}

impl Found {
    fn committing(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.committing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A commit, which redb's panics end as well.
struct Committing<'found>(&'found Found);

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        *self.0.committing() = None;
    }
}
