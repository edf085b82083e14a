//! What an effect tells of itself to the logs and metrics.

use super::journal::Value;
use super::{Call, EffectError};
use crate::telemetry::{effect_done, span};
use serde::de::DeserializeOwned;
use std::future::Future;

impl Call<'_> {
    /// The value that is journaled, in place of the effect.
    pub(super) fn replay<T: DeserializeOwned>(&self, value: &Value) -> Result<T, EffectError> {
        if self.effects.journal.is_some() {
            span::effect_replayed(self.site.effect);
            self.count("replayed");
        }
        self.read(value)
    }

    /// Awaits what carries the effect out, or finds out what came of it, in a span of its own.
    pub(super) async fn carry_out<T, E>(
        &self,
        outcome: &'static str,
        effect: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let span = if self.effects.journal.is_some() { span::effect(self.site.effect) } else { span::none() };
        let done = span::within(span.clone(), effect).await;
        let outcome = if done.is_ok() { outcome } else { "failed" };
        span::effect_ended(&span, outcome);
        self.count(outcome);
        done
    }

    fn count(&self, outcome: &'static str) {
        if let Some(journal) = &self.effects.journal {
            effect_done(&journal.thread().graph, self.site.task.node, outcome);
        }
    }
}
