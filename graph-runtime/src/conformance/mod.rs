//! Checks what a store promises: a suite for everyone who writes a [`Checkpointer`].
//!
//! Each case is named after a promise and runs on a store of its own. A breach names the case and what differed:
//!
//! ```
//! use graph_runtime::conformance::{self, Life};
//! use graph_runtime::{MemorySaver, SledSaver};
//!
//! # futures_lite::future::block_on(async {
//! // A store that outlives its handles is opened by name, again and again: a test closes it and opens it.
//! let directory = tempfile::tempdir()?;
//! conformance::check(Life::Persistent, async |name| SledSaver::open(directory.path().join(name))).await?;
//!
//! // One that ends with its last handle is never opened twice.
//! conformance::check(Life::Volatile, async |_| Ok(MemorySaver::new())).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! The suite needs no executor of its own and spawns nothing, so it runs wherever the saver's futures run; calls side by side
//! are polled in the order in which they were made, on the caller's task. It cannot end a call that never answers: give the test
//! a timeout if the saver talks to something.
//!
//! # What it cannot check
//!
//! The suite closes stores, and it cannot kill processes or cut the power: what [`Commit::Synced`](crate::Commit::Synced)
//! promises needs a test that does, on the machine that it is promised for. Nor can it damage what lies below a saver: what
//! cannot be read back as it was written must be an error. Bytes of older formats and a stable encoding are the business of
//! records, which a saver does not read.
//!
//! # Where the cases come from
//!
//! From the promises of [`Checkpointer`], and from the 89 cases of `LangGraph`'s `checkpoint-conformance`. Of these, what has
//! no meaning here is above the trait or does not exist:
//!
//! * 3 to 6 and 13 to 17 of `put`, 32 and 33 of `get_tuple`, and all of `delta_channel_history` (82 to 89) look into values,
//!   channels, versions and metadata. A saver here keeps bytes: one case for bytes of every kind replaces them.
//! * Namespaces (7 to 9, 26, 36, 40, 53, 56, 65, 69, 76): a subgraph's state lies in its thread's records. The cases become
//!   those of graphs that do not see each other.
//! * 12 and 34, parents: they stand in the record; the saver compares the expected head, which has cases of its own.
//! * 1, 21, 23 and 31, returned configs, task ids and task paths: calls here return nothing that was passed in.
//! * 42 to 46 and 50, filters on metadata: they need decoded records. 52, entries in a listing: they are read by a call of their own.
//! * `delete_for_runs` (59 to 65): nothing is stored by run.
//! * `copy_thread` (66 to 73): a record names its thread and is refused in another one, so threads are copied above the trait.
//! * `prune` of several threads, of namespaces, and by a strategy (75, 76, 78): a call is about one thread and names what goes.
//!
//! What is checked beside them: conflicts by number and by hash, two writers, dropped calls, reads behind writes, statuses,
//! what is delivered to a thread, request ids, hostile ids, large values, a long history, and the store opened again.

mod append;
mod broken;
mod delete;
mod difference;
mod durable;
mod inbox;
mod isolation;
mod order;
mod pending;
mod prune;
mod range;
mod reading;
mod request;
mod sample;
mod store;
mod threads;

pub use broken::{Breach, Broken};

use crate::{Checkpointer, StoreError};
use difference::{Difference, Verdict};
use futures_lite::FutureExt as _;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use store::{Local, Store};

/// How long what a saver stores lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    /// Until it is deleted: a store that is opened again by its name has what it had.
    Persistent,
    /// As long as the handles of the store. Cases that open a store again are left out.
    Volatile,
}

/// Runs every case, each on an empty store, and tells all that fail.
///
/// `open` opens the store with a name, and makes it empty if there is none. A name consists of small letters, digits and
/// underscores. All handles of a store are dropped before it is opened again.
///
/// # Errors
///
/// [`Broken`], with every case that failed.
///
/// # Examples
///
/// ```
/// use graph_runtime::MemorySaver;
/// use graph_runtime::conformance::{self, Life};
///
/// let checked = conformance::check(Life::Volatile, async |_| Ok(MemorySaver::new()));
/// assert!(futures_lite::future::block_on(checked).is_ok());
/// ```
pub async fn check<C: Checkpointer>(
    life: Life,
    open: impl AsyncFn(&str) -> Result<C, StoreError>,
) -> Result<(), Broken> {
    let mut broken = Broken { breaches: Vec::new(), cases: 0 };
    for case in cases().filter(|case| life == Life::Persistent || !case.reopens) {
        broken.cases += 1;
        broken.breaches.extend(case.check(&open).await.err());
    }
    if broken.breaches.is_empty() { Ok(()) } else { Err(broken) }
}

/// Every case, to run some of them, or each in a test of its own.
///
/// # Examples
///
/// ```
/// use graph_runtime::{MemorySaver, conformance};
///
/// # futures_lite::future::block_on(async {
/// for case in conformance::cases().filter(|case| case.name().starts_with("a_range")) {
///     case.check(async |_| Ok(MemorySaver::new())).await?;
/// }
/// # Ok::<(), conformance::Breach>(())
/// # }).unwrap();
/// ```
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let parts = [
        append::CASES,
        range::CASES,
        pending::CASES,
        inbox::CASES,
        request::CASES,
        isolation::CASES,
        threads::CASES,
        delete::CASES,
        prune::CASES,
        order::CASES,
        durable::CASES,
    ];
    parts.into_iter().flatten()
}

/// One promise of a store, and how it is checked.
pub struct Case {
    name: &'static str,
    reopens: bool,
    run: for<'a> fn(Store<'a>) -> Local<'a, Verdict>,
}

impl Case {
    /// The promise; also the name of the store that the case runs on.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the case closes its store and opens it again, which needs a store that outlives its handles.
    #[must_use]
    pub fn reopens(&self) -> bool {
        self.reopens
    }

    /// Runs the case on the store that `open` opens; a panic of the saver is a breach like any other.
    ///
    /// # Errors
    ///
    /// [`Breach`], which says what differed.
    pub async fn check<C: Checkpointer>(
        &self,
        open: impl AsyncFn(&str) -> Result<C, StoreError>,
    ) -> Result<(), Breach> {
        let open = &open;
        let open = |name: String| -> Local<'_, Result<Arc<dyn Checkpointer>, StoreError>> {
            Box::pin(async move { Ok(Arc::new(open(&name).await?) as Arc<dyn Checkpointer>) })
        };
        let run = async { (self.run)(Store::open(&open, self.name.to_owned()).await?).await };
        let verdict = AssertUnwindSafe(run)
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(Difference(format!("the saver panicked: {}", crate::panic::message(&*panic)))));
        verdict.map_err(|Difference(difference)| Breach { case: self.name, difference })
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).field("reopens", &self.reopens).finish_non_exhaustive()
    }
}

/// Cases named as their functions.
///
/// ```text
/// promises![a_range_is_limited]
/// &[Case { name: "a_range_is_limited", reopens: false, run: |store| Box::pin(a_range_is_limited(store)) }]
/// ```
macro_rules! promises {
    ($($name:ident),* $(,)?) => { $crate::conformance::promises!(reopens: false; $($name),*) };
    (reopens: $reopens:literal; $($name:ident),* $(,)?) => {
        &[$($crate::conformance::Case {
            name: stringify!($name),
            reopens: $reopens,
            run: |store| Box::pin($name(store)),
        }),*]
    };
}
use promises;
