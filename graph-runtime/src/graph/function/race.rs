//! Which fields nodes write that may run side by side, compared while the program is compiled.

mod compare;
mod message;

pub use compare::{Claimant, Clash, among_items, beside, compare, hold};

use super::work::Work;
use crate::graph::definition::Next;
use crate::state::update::Writes;
use crate::{BoxError, GraphState, Update};
use std::future::Future;

/// The kind of a node that a route or another node follows.
pub struct Updates(());
/// The kind of a node that chooses where to go.
pub struct Decides(());

/// What a node returns, as far as its type tells what it writes.
pub trait Written<S, Kind> {
    /// The fields.
    const WRITES: Writes;
}

impl<S: GraphState, U: Update<S>> Written<S, Updates> for Result<U, BoxError> {
    const WRITES: Writes = U::WRITES;
}

impl<S: GraphState, N, U: Update<S>> Written<S, Decides> for Result<(Next<N>, U), BoxError> {
    const WRITES: Writes = U::WRITES;
}

/// A function around a node; `Form` is its type as a pointer.
pub trait Writer<S, Kind, Form> {
    /// The fields that the node may write.
    const WRITES: Writes;
    /// Whether the node is no `async fn`.
    const PLAIN: bool;
}

impl<S, Kind, A: 'static, B: 'static, F, W> Writer<S, Kind, fn(&'static A, &'static B) -> W> for F
where
    F: Fn(&'static A, &'static B) -> W,
    W: Work,
    <W as Future>::Output: Written<S, Kind>,
{
    const WRITES: Writes = <<W as Future>::Output as Written<S, Kind>>::WRITES;
    const PLAIN: bool = W::DONE;
}

impl<S, Kind, A: 'static, B: 'static, C: 'static, F, W> Writer<S, Kind, fn(&'static A, &'static B, &'static C) -> W>
    for F
where
    F: Fn(&'static A, &'static B, &'static C) -> W,
    W: Work,
    <W as Future>::Output: Written<S, Kind>,
{
    const WRITES: Writes = <<W as Future>::Output as Written<S, Kind>>::WRITES;
    const PLAIN: bool = W::DONE;
}

impl<S, Kind, A, B, C, D, F, W> Writer<S, Kind, fn(&'static A, &'static B, &'static C, &'static D) -> W> for F
where
    A: 'static,
    B: 'static,
    C: 'static,
    D: 'static,
    F: Fn(&'static A, &'static B, &'static C, &'static D) -> W,
    W: Work,
    <W as Future>::Output: Written<S, Kind>,
{
    const WRITES: Writes = <<W as Future>::Output as Written<S, Kind>>::WRITES;
    const PLAIN: bool = W::DONE;
}

/// The fields that the function on the way out of a subgraph may write.
#[must_use]
pub const fn leaves<S: GraphState, U: Update<S>, Form, F: Leaver<Form, U>>(_: &F) -> Writes {
    U::WRITES
}

/// A function around one on the way out of a subgraph; `Form` is its type as a pointer.
pub trait Leaver<Form, U> {}

impl<A: 'static, B: 'static, F: Fn(&'static A, &'static B) -> U, U> Leaver<fn(&'static A, &'static B) -> U, U> for F {}

impl<A: 'static, B: 'static, C: 'static, F, U> Leaver<fn(&'static A, &'static B, &'static C) -> U, U> for F where
    F: Fn(&'static A, &'static B, &'static C) -> U
{
}

/// The fields that the node in this function may write.
#[must_use]
pub const fn writes<S, Kind, Form, F: Writer<S, Kind, Form>>(_: &F) -> Writes {
    F::WRITES
}

/// Whether the node in this function is no `async fn`.
#[must_use]
pub const fn plain<S, Kind, Form, F: Writer<S, Kind, Form>>(_: &F) -> bool {
    F::PLAIN
}
