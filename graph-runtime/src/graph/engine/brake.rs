//! Asking a run to end at its next step boundary.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What whoever wants a run to end early pulls, and what the run looks at between two steps.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    pulled: AtomicBool,
    reason: Mutex<String>,
}

impl Brake {
    /// Asks the run to end. The first reason stands.
    pub(crate) fn pull(&self, reason: &str) {
        let mut held = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.pulled.load(Ordering::Acquire) {
            reason.clone_into(&mut held);
            self.pulled.store(true, Ordering::Release);
        }
    }

    /// Why the run is to end, if it is.
    pub(crate) fn pulled(&self) -> Option<String> {
        let pulled = self.pulled.load(Ordering::Acquire);
        pulled.then(|| self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
