//! Spans and events of runs: those of tracing, where the feature is on.

#[cfg(feature = "tracing")]
mod traced;
#[cfg(not(feature = "tracing"))]
mod untraced;

#[cfg(feature = "tracing")]
pub(crate) use traced::{
    Span, attempt_failed, began, commit, effect, effect_ended, effect_replayed, ended, inside, node, none, run, sized,
    step, within,
};
#[cfg(not(feature = "tracing"))]
pub(crate) use untraced::{
    Span, attempt_failed, began, commit, effect, effect_ended, effect_replayed, ended, inside, node, none, run, sized,
    step, within,
};
