//! The calls of effects as nodes make them.

use super::{EffectError, IdempotencyKey, Site};
use crate::graph::effect::journal::TaskLabel;
use crate::{BoxError, Ctx};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;

impl<C> Ctx<C> {
    /// Runs a side effect and journals its value: if the node runs again, it gets that value and the effect is not run.
    ///
    /// The value is stored durably before the node goes on, whatever the durability of the graph. Between the effect and
    /// that moment the process may die, and then the effect runs a second time: *at least once* is all that this call
    /// promises, and nobody outside of the other system can promise *exactly once*. Hand the key, which is the same
    /// every time, to a system that can tell a repeated request from a new one.
    ///
    /// The name is unique in the task, and the input is what the effect depends on. An effect that returns an error is
    /// not journaled and runs again when the node does. In memory, values last for the attempts of one task.
    ///
    /// # Errors
    ///
    /// [`EffectError`]: the effect's own error; a name that is used twice; another input than the one that was
    /// journaled, of which a `HashMap` whose order changed is an example; a value that cannot be stored; and what the
    /// store says.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::{graph, BoxError, Ctx, GraphState, MemorySaver, Update};
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// #[derive(GraphState)]
    /// struct Order {
    ///     amount: u32,
    ///     receipt: u32,
    /// }
    ///
    /// #[derive(Default)]
    /// struct Bank {
    ///     charges: AtomicU32,
    ///     outages: AtomicU32,
    /// }
    ///
    /// async fn pay(order: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    ///     let bank = cx.context();
    ///     let charge = |_key| async { Ok::<_, BoxError>(bank.charges.fetch_add(1, Ordering::Relaxed) + 1) };
    ///     let receipt = cx.once("charge", &order.amount, charge).await?;
    ///     if bank.outages.fetch_add(1, Ordering::Relaxed) == 0 {
    ///         return Err("the network is down, after the charge".into());
    ///     }
    ///     Ok(Order::update().receipt(receipt))
    /// }
    ///
    /// graph! {
    ///     graph Orders<Order, Bank>;
    ///     node pay;
    ///     start -> pay -> end;
    /// }
    ///
    /// # futures_lite::future::block_on(async {
    /// let graph = Orders::builder().context(Bank::default()).checkpointer(MemorySaver::new()).build();
    /// let thread = graph.thread("order-7");
    /// assert!(thread.invoke(Order::update().amount(40)).await.is_err());
    /// let order = thread.resume().await?.finished()?;
    /// assert_eq!(order.receipt, 1, "the second attempt did not charge again");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn once<T, E, F>(
        &self,
        name: &str,
        input: &(impl Serialize + ?Sized),
        effect: impl FnOnce(IdempotencyKey) -> F,
    ) -> Result<T, EffectError>
    where
        T: Serialize + DeserializeOwned + 'static,
        E: Into<BoxError>,
        F: Future<Output = Result<T, E>>,
    {
        let task = TaskLabel::from(&self.task);
        self.effects.once(Site { task: &task, step: self.step, effect: name }, input, effect).await
    }

    /// Runs a side effect unless it was ever begun: first the intent is stored durably, then the effect runs, then its
    /// value is stored.
    ///
    /// If the node runs again and only the intent is found, the outcome is uncertain: the process died in between, or
    /// the effect returned an error, which does not prove that nothing happened. Then `resolve` finds out, by asking the
    /// outside system for the key, and its value is journaled in place of the effect's. So the effect never runs twice,
    /// and may not have run at all where `resolve` cannot tell.
    ///
    /// # Errors
    ///
    /// As [`once`](Ctx::once), and [`EffectError::Uncertain`] with the error of `resolve`.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::{graph, BoxError, Ctx, GraphState, MemorySaver, Update};
    ///
    /// #[derive(GraphState)]
    /// struct Letter {
    ///     sent: bool,
    /// }
    ///
    /// async fn send(_: &Letter, cx: &Ctx) -> Result<impl Update<Letter> + use<>, BoxError> {
    ///     let post = |_key| async { Err::<bool, _>("the connection broke after the request") };
    ///     let ask = |_key| async { Ok::<_, BoxError>(true) };
    ///     Ok(Letter::update().sent(cx.at_most_once("post", "dear Ada", post, ask).await?))
    /// }
    ///
    /// graph! {
    ///     graph Post<Letter>;
    ///     node send;
    ///     start -> send -> end;
    /// }
    ///
    /// # futures_lite::future::block_on(async {
    /// let thread = Post::builder().checkpointer(MemorySaver::new()).build().thread("letter-1");
    /// assert!(thread.invoke(()).await.is_err());
    /// assert!(thread.resume().await?.finished()?.sent, "the second attempt asked instead of sending again");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn at_most_once<T, E, F, D, R>(
        &self,
        name: &str,
        input: &(impl Serialize + ?Sized),
        effect: impl FnOnce(IdempotencyKey) -> F,
        resolve: impl FnOnce(IdempotencyKey) -> R,
    ) -> Result<T, EffectError>
    where
        T: Serialize + DeserializeOwned + 'static,
        E: Into<BoxError>,
        F: Future<Output = Result<T, E>>,
        D: Into<BoxError>,
        R: Future<Output = Result<T, D>>,
    {
        let task = TaskLabel::from(&self.task);
        let site = Site { task: &task, step: self.step, effect: name };
        self.effects.at_most_once(site, input, effect, resolve).await
    }
}
