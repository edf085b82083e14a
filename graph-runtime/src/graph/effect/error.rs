//! What can go wrong with a journaled effect.

use super::IdempotencyKey;
use crate::graph::effect::journal::{JournalError, Mode};
use crate::{BoxError, StoreError};

/// Why a journaled effect has no value.
///
/// It converts into the error of a node with `?`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// The effect itself returned this error.
    ///
    /// After `once` nothing is journaled, and the effect runs again when the node does. After `at_most_once` the intent
    /// stays: an error does not prove that nothing happened.
    #[error("effect `{effect}` failed: {source}")]
    Failed {
        /// The name of the effect.
        effect: String,
        /// The error.
        source: BoxError,
    },
    /// An effect of `at_most_once` was begun and its value is not known, nor could it be found out. It was not run again.
    #[error(
        "nobody knows whether effect `{effect}` happened: {source}; look for its key {key} in the outside system, then run the node again"
    )]
    Uncertain {
        /// The name of the effect.
        effect: String,
        /// Its key.
        key: IdempotencyKey,
        /// Why it could not be found out.
        source: BoxError,
    },
    /// The task has used the name already. The effect did not run.
    #[error(
        "effect `{effect}` is called twice in one task; give each effect a name of its own, with a number in a loop"
    )]
    NameTwice {
        /// The name of the effect.
        effect: String,
    },
    /// The effect was journaled with another input. It did not run again.
    #[error(
        "effect `{effect}` was journaled with another input; make its input from the state alone, or give it another name"
    )]
    OtherInput {
        /// The name of the effect.
        effect: String,
    },
    /// The effect was journaled by the other one of `once` and `at_most_once`. It did not run again.
    #[error("effect `{effect}` was journaled by `{}` before; put that back, or give it another name", called(*.at_most_once))]
    OtherCall {
        /// The name of the effect.
        effect: String,
        /// It was journaled by `at_most_once`.
        at_most_once: bool,
    },
    /// The effect was journaled with a value of another type. It did not run again.
    #[error("effect `{effect}` was journaled with a value of another type; restore that type, or give it another name")]
    OtherType {
        /// The name of the effect.
        effect: String,
    },
    /// The input has no bytes, or the value would not read back. If it is the type, the effect did not run.
    #[error("effect `{effect}` cannot be journaled: {reason}; use plain types, or a string of JSON")]
    NotStorable {
        /// The name of the effect.
        effect: String,
        /// What is wrong with its input or value.
        reason: String,
    },
    /// The checkpoint that the step runs from could not be stored, so the effect did not run.
    #[error("effect `{effect}` did not run, as the checkpoint before it is not stored: {reason}; resume the thread")]
    Unplaced {
        /// The name of the effect.
        effect: String,
        /// Why not.
        reason: String,
    },
    /// Another runner moved the thread on. Nothing was journaled, and what the node writes will not be stored.
    #[error(
        "effect `{effect}` was not journaled, as another runner moved the thread on; read its snapshot before you go on"
    )]
    Conflict {
        /// The name of the effect.
        effect: String,
    },
    /// What the journal holds under this name is damaged, or of another version. The effect did not run again.
    #[error("what is journaled of effect `{effect}` cannot be read: {reason}; restore the store from a backup")]
    Unreadable {
        /// The name of the effect.
        effect: String,
        /// What is wrong.
        reason: String,
    },
    /// The store failed; what it was to journal may or may not be stored.
    #[error("effect `{effect}` was not journaled: {source}")]
    Store {
        /// The name of the effect.
        effect: String,
        /// The error of the store.
        source: StoreError,
    },
}

fn called(at_most_once: bool) -> &'static str {
    if at_most_once { "at_most_once" } else { "once" }
}

impl EffectError {
    pub(super) fn other_call(effect: &str, journaled: Mode) -> EffectError {
        EffectError::OtherCall { effect: effect.to_owned(), at_most_once: journaled == Mode::AtMostOnce }
    }

    pub(super) fn not_storable(effect: &str, part: &str, reason: &str) -> EffectError {
        EffectError::NotStorable { effect: effect.to_owned(), reason: format!("its {part}: {reason}") }
    }

    pub(super) fn journal(effect: &str, error: JournalError) -> EffectError {
        let effect = effect.to_owned();
        match error {
            JournalError::Conflict => EffectError::Conflict { effect },
            JournalError::Unplaced(reason) => EffectError::Unplaced { effect, reason },
            JournalError::NotStorable(reason) => EffectError::NotStorable { effect, reason },
            JournalError::Unreadable(reason) => EffectError::Unreadable { effect, reason },
            JournalError::Store(source) => EffectError::Store { effect, source },
        }
    }
}
