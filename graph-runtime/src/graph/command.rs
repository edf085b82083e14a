//! Nodes that decide themselves where the graph goes on.

/// An update together with the node's own choice of what comes next.
///
/// A node that returns a `Command` is followed by a `match` without a path, whose patterns are those of `N`.
///
/// # Examples
///
/// ```
/// use graph_runtime::{graph, Command, GraphState, Update};
///
/// #[derive(GraphState)]
/// struct Draft {
///     words: u32,
/// }
///
/// enum Verdict {
///     Accept,
///     Extend,
/// }
///
/// fn review(draft: &Draft) -> Command<Verdict, impl Update<Draft>> {
///     let verdict = if draft.words >= 100 { Verdict::Accept } else { Verdict::Extend };
///     Command::to(verdict).update(Draft::update().words(draft.words + 40))
/// }
///
/// graph! {
///     graph Writing<Draft>;
///     node review;
///     start -> review -> match {
///         Verdict::Accept => end,
///         Verdict::Extend => review,
///     };
/// }
///
/// let draft = futures_lite::future::block_on(Writing::new().run(()))?;
/// assert_eq!(draft.words, 160);
/// # Ok::<(), graph_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a command does nothing unless the node returns it"]
pub struct Command<N, U = ()> {
    next: N,
    update: U,
}

impl<N> Command<N> {
    /// Goes to `next` and writes nothing.
    pub fn to(next: N) -> Command<N> {
        Command { next, update: () }
    }

    /// Adds the update to write before going there.
    pub fn update<U>(self, update: U) -> Command<N, U> {
        Command { next: self.next, update }
    }
}

impl<N, U> Command<N, U> {
    #[doc(hidden)]
    pub fn into_parts(self) -> (N, U) {
        (self.next, self.update)
    }
}
