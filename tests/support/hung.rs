//! Runs that hang.

use futures_lite::future::{block_on, poll_once};
use graph_runtime::{Error, Outcome};

/// Begins a run, and drops it where it hangs.
///
/// # Panics
///
/// If it does not hang.
pub fn kill(run: impl Future<Output = Result<Outcome<impl Sized>, Error>>) {
    let mut run = Box::pin(run);
    for _ in 0..200 {
        assert!(block_on(poll_once(&mut run)).is_none(), "the run hangs");
    }
}
