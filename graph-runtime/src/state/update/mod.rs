//! Typed, partial writes to a state, and what their types are made of.
//!
//! `Job::update().step(1).notes(["found"])` has the type
//! `JobUpdate<Layer<notes, Reduce<Vec<String>>, Layer<step, Set<u32>, ()>>>`: the write set is in the type, so the
//! compiler knows it, and only the fields in it cost anything. Such types are made by the setters and shown by the
//! compiler; programs say `impl Update<Job>`.

mod compose;
mod fold;
mod layer;

pub(crate) use fold::Write;
pub use fold::{Fold, NoKey, Overwrite, Reduce, Remove};
pub use layer::{FieldOf, Layer, Operation, Set, Slot};

use crate::GraphState;
#[cfg(doc)]
use either::Either;

/// A partial write to the state `S`, whose type says which fields it may write.
///
/// Nodes return updates. `S::update()` starts one; `()` writes nothing; `Option`, [`Either`] and tuples of updates are
/// updates; a whole state is an update that writes every field.
///
/// Every setter adds a layer to the type of an update, and rustc follows about 120 of them. An update of more fields is
/// built in parts, each of which `.erase()` cuts back to one layer, or is the whole state.
///
/// # Examples
///
/// ```
/// use graph_runtime::{Either, GraphState, Update};
///
/// #[derive(GraphState)]
/// struct Job {
///     step: u32,
///     message: String,
/// }
///
/// fn decide(job: &Job) -> impl Update<Job> {
///     if job.step < 3 {
///         Either::Left(Job::update().step(job.step + 1))
///     } else {
///         Either::Right(Job::update().message("done"))
///     }
/// }
/// # let _ = decide(&Job::initial());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update of `{S}`",
    label = "not an update of the graph's state",
    note = "return what the setters of `{S}::update()` make, which `#[derive(GraphState)]` provides, or `()` to write nothing"
)]
pub trait Update<S: GraphState> {
    /// The fields that this type may write.
    #[doc(hidden)]
    const WRITES: Writes;

    /// Puts the writes into the patch.
    #[doc(hidden)]
    fn write(self, patch: &mut S::Patch);

    /// Takes the fields that this type may have written from the patch into the state.
    #[doc(hidden)]
    fn apply(patch: &mut S::Patch, state: &mut S);
}

/// The set of fields that an update type may write, as a tree that const evaluation can walk.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Writes {
    /// Nothing.
    None,
    /// Every field.
    All,
    /// One field (its index in `GraphState::FIELDS`), then the rest.
    Field { index: usize, kind: WriteKind, rest: &'static Writes },
    /// The union of two sets.
    Both(&'static Writes, &'static Writes),
}

/// How a field is written.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// The value is replaced.
    Replace,
    /// The value is folded by the reducer.
    Reduce,
}
