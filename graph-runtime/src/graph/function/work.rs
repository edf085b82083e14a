//! What calling a node comes to: its result, or a future of it.

use crate::BoxError;
use crate::graph::definition::Next;
use pin_project_lite::pin_project;
use std::future::{Future, Ready};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that may be known, by its type, to have its result from the beginning.
///
/// A loop that awaits keeps everything in memory between two polls. Nodes that are no `async fn` need not be awaited, and
/// a loop over them runs in registers.
pub trait Work: Future + Sized {
    /// Whether the result is there.
    const DONE: bool;

    /// The result, if it is there.
    fn done(self) -> Option<Self::Output>;
}

/// Calls a node if its work is done then, and returns its result. Other nodes are not called.
#[inline]
pub fn at_once<W: Work>(call: impl FnOnce() -> W) -> Option<W::Output> {
    if W::DONE { call().done() } else { None }
}

impl<T> Work for Ready<T> {
    const DONE: bool = true;

    #[inline]
    fn done(self) -> Option<T> {
        Some(self.into_inner())
    }
}

pin_project! {
    /// The future of an `async` node, and what to make of its output.
    pub struct Awaited<F, M> {
        #[pin]
        future: F,
        map: M,
    }
}

impl<F, M> Awaited<F, M> {
    #[inline]
    pub(crate) fn new(future: F, map: M) -> Awaited<F, M> {
        Awaited { future, map }
    }
}

impl<F: Future, T, M: FnMut(F::Output) -> T> Future for Awaited<F, M> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        this.future.poll(cx).map(this.map)
    }
}

impl<F: Future, T, M: FnMut(F::Output) -> T> Work for Awaited<F, M> {
    const DONE: bool = false;

    fn done(self) -> Option<T> {
        None
    }
}

pin_project! {
    /// The work of a node that chooses where to go, and the `match` that makes a node of its choice.
    pub struct Chosen<W, M> {
        #[pin]
        work: W,
        target: M,
    }
}

impl<W, M> Chosen<W, M> {
    /// The bounds stand here, so that the type of the choice is known where the patterns of the `match` are checked.
    #[inline]
    pub fn new<C, U, N>(work: W, target: M) -> Chosen<W, M>
    where
        W: Work<Output = Result<(C, U), BoxError>>,
        M: FnMut(C) -> Next<N>,
    {
        Chosen { work, target }
    }
}

impl<W, M, C, U, N> Future for Chosen<W, M>
where
    W: Work<Output = Result<(C, U), BoxError>>,
    M: FnMut(C) -> Next<N>,
{
    type Output = Result<(Next<N>, U), BoxError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.work.poll(cx).map_ok(|(choice, update)| ((this.target)(choice), update))
    }
}

impl<W, M, C, U, N> Work for Chosen<W, M>
where
    W: Work<Output = Result<(C, U), BoxError>>,
    M: FnMut(C) -> Next<N>,
{
    const DONE: bool = W::DONE;

    #[inline]
    fn done(mut self) -> Option<Self::Output> {
        let done = self.work.done()?;
        Some(done.map(|(choice, update)| ((self.target)(choice), update)))
    }
}
