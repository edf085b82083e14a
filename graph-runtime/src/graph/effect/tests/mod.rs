//! What `once` and `at_most_once` promise, in memory; `thread::journal` tests them over a store.

mod keys;
mod nodes;

use super::*;
use crate::graph::effect::journal::JournalError;
use crate::saver::BoxFuture;
use crate::{CheckpointId, RecordHash, StoreError, ThreadId, ThreadKey};
use futures_lite::future::{block_on, yield_now};
use std::cell::Cell;
use std::future::ready;

fn task() -> TaskLabel {
    TaskLabel { path: String::new(), node: "pay" }
}

fn site<'a>(task: &'a TaskLabel, effect: &'a str) -> Site<'a> {
    Site { task, step: 1, effect }
}

type Outcome<T> = Result<T, BoxError>;

/// Calls `once` with an effect that counts its runs and returns `outcome`.
fn once<T>(
    effects: &Effects,
    effect: &str,
    input: &str,
    runs: &Cell<u32>,
    outcome: Outcome<T>,
) -> Result<T, EffectError>
where
    T: Serialize + DeserializeOwned + 'static,
{
    let counted = |_| {
        runs.set(runs.get() + 1);
        ready(outcome)
    };
    block_on(effects.once(site(&task(), effect), input, counted))
}

/// Calls `at_most_once` with an effect that counts its runs.
fn at_most_once(
    effects: &Effects,
    runs: &Cell<u32>,
    outcome: Outcome<u32>,
    resolved: Outcome<u32>,
) -> Result<u32, EffectError> {
    let counted = |_| {
        runs.set(runs.get() + 1);
        ready(outcome)
    };
    block_on(effects.at_most_once(site(&task(), "wire"), "in", counted, |_| ready(resolved)))
}

#[test]
fn another_attempt_gets_the_value_without_the_effect() {
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    assert_eq!(once(&effects, "charge", "in", &runs, Ok(7)).unwrap(), 7);
    effects.again();
    assert_eq!(once(&effects, "charge", "in", &runs, Ok(8)).unwrap(), 7);
    assert_eq!(runs.get(), 1);
}

#[test]
fn another_task_starts_afresh() {
    let runs = Cell::new(0);
    once(&Effects::default(), "charge", "in", &runs, Ok(7)).unwrap();
    assert_eq!(once(&Effects::default(), "charge", "in", &runs, Ok(8)).unwrap(), 8);
    assert_eq!(runs.get(), 2);
}

#[test]
fn the_next_step_of_the_plain_loop_starts_afresh() {
    let (effects, runs) = (Effects::default(), Cell::new(0));
    let call = |step| {
        let (task, counted) = (task(), |_| {
            runs.set(runs.get() + 1);
            ready(Outcome::Ok(runs.get()))
        });
        block_on(effects.once(Site { task: &task, step, effect: "charge" }, "in", counted))
    };
    assert_eq!((call(1).unwrap(), call(2).unwrap()), (1, 2));
    assert!(matches!(call(2), Err(EffectError::NameTwice { .. })));
}

#[test]
fn an_effect_that_failed_runs_again() {
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    let error = once(&effects, "charge", "in", &runs, Outcome::<u32>::Err("declined".into())).unwrap_err();
    assert!(matches!(&error, EffectError::Failed { source, .. } if source.to_string() == "declined"));
    assert_eq!(error.to_string(), "effect `charge` failed: declined");
    effects.again();
    assert_eq!(once(&effects, "charge", "in", &runs, Ok(8)).unwrap(), 8);
}

#[test]
fn a_name_counts_once_in_an_attempt() {
    let (effects, runs) = (Effects::default(), Cell::new(0));
    once(&effects, "charge", "in", &runs, Ok(7)).unwrap();
    for outcome in [once(&effects, "charge", "in", &runs, Ok(7)), once(&effects, "charge", "other", &runs, Ok(7))] {
        assert!(matches!(outcome, Err(EffectError::NameTwice { effect }) if effect == "charge"));
    }
    assert_eq!(runs.get(), 1);
    once(&effects, "Charge", "in", &runs, Ok(7)).unwrap();
}

#[test]
fn another_input_is_another_effect() {
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    once(&effects, "charge", "5 EUR", &runs, Ok(7)).unwrap();
    effects.again();
    let outcome = once(&effects, "charge", "6 EUR", &runs, Ok(7));
    assert!(matches!(outcome, Err(EffectError::OtherInput { .. })));
    assert_eq!(runs.get(), 1);
}

#[test]
fn another_type_is_no_garbage() {
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    once(&effects, "charge", "in", &runs, Ok((1_u32, 2_u32))).unwrap();
    effects.again();
    let outcome = once(&effects, "charge", "in", &runs, Ok(1_u64));
    assert!(matches!(outcome, Err(EffectError::OtherType { .. })));
    assert_eq!(runs.get(), 1);
}

#[test]
fn a_type_that_would_not_read_back_is_refused_before_the_effect() {
    #[derive(Debug, Serialize, serde::Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Number(u32),
    }
    let (effects, runs) = (Effects::default(), Cell::new(0));
    let outcome = once(&effects, "charge", "in", &runs, Ok(Loose::Number(1)));
    assert!(matches!(outcome, Err(EffectError::NotStorable { .. })));
    assert_eq!(runs.get(), 0);
}

#[test]
fn a_value_that_would_not_read_back_is_not_journaled() {
    /// Reads back what it wrote, but for one value.
    #[derive(Debug)]
    struct Lossy(u32);
    impl Serialize for Lossy {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u32(self.0)
        }
    }
    impl<'de> serde::Deserialize<'de> for Lossy {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Lossy, D::Error> {
            u32::deserialize(deserializer).map(|number| Lossy(if number == 13 { 0 } else { number }))
        }
    }
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    let outcome = once(&effects, "charge", "in", &runs, Ok(Lossy(13)));
    assert!(matches!(outcome, Err(EffectError::NotStorable { .. })));
    effects.again();
    assert_eq!(once(&effects, "charge", "in", &runs, Ok(Lossy(1))).unwrap().0, 1);
    assert_eq!(runs.get(), 2);
}

#[test]
fn the_first_attempt_sees_what_the_next_ones_will() {
    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Receipt {
        number: u32,
        #[serde(skip)]
        handle: u32,
    }
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    let first = once(&effects, "charge", "in", &runs, Ok(Receipt { number: 1, handle: 5 })).unwrap();
    effects.again();
    assert_eq!(first, once(&effects, "charge", "in", &runs, Ok(Receipt { number: 9, handle: 9 })).unwrap());
}

#[test]
fn an_intent_without_a_value_is_resolved() {
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    let failed = at_most_once(&effects, &runs, Err("timed out".into()), Ok(0));
    assert!(matches!(failed, Err(EffectError::Failed { .. })));
    effects.again();
    let uncertain = at_most_once(&effects, &runs, Ok(0), Err("the bank is closed".into())).unwrap_err();
    assert!(matches!(&uncertain, EffectError::Uncertain { source, .. } if source.to_string() == "the bank is closed"));
    effects.again();
    assert_eq!(at_most_once(&effects, &runs, Ok(0), Ok(3)).unwrap(), 3, "the intent was kept, and resolved later");
    effects.again();
    assert_eq!(at_most_once(&effects, &runs, Ok(0), Ok(4)).unwrap(), 3, "the resolved value is journaled");
    assert_eq!(runs.get(), 1);
}

#[test]
fn the_two_calls_do_not_mix() {
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    once(&effects, "wire", "in", &runs, Ok(1)).unwrap();
    effects.again();
    let outcome = at_most_once(&effects, &runs, Ok(2), Ok(2)).unwrap_err();
    assert!(outcome.to_string().starts_with("effect `wire` was journaled by `once` before;"), "{outcome}");
    let mut effects = Effects::default();
    at_most_once(&effects, &runs, Ok(1), Ok(1)).unwrap();
    effects.again();
    let outcome = once(&effects, "wire", "in", &runs, Ok(2));
    assert!(matches!(outcome, Err(EffectError::OtherCall { at_most_once: true, .. })));
    assert_eq!(runs.get(), 2);
}

/// A journal that holds nothing and takes nothing.
#[derive(Debug)]
struct Broken(ThreadKey, fn() -> JournalError);

impl Journal for Broken {
    fn thread(&self) -> &ThreadKey {
        &self.0
    }

    fn place(&self) -> BoxFuture<'_, Result<(CheckpointId, RecordHash), JournalError>> {
        Box::pin(ready(Ok((CheckpointId(1), RecordHash::default()))))
    }

    fn get<'a>(&'a self, _: &'a TaskLabel, _: &'a str) -> BoxFuture<'a, Result<Option<Entry>, JournalError>> {
        Box::pin(ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a TaskLabel, _: &'a str, _: &'a Entry) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(ready(Err((self.1)())))
    }
}

#[test]
fn a_value_is_returned_only_when_it_is_journaled() {
    let thread = ThreadKey { graph: "Jobs".into(), thread: ThreadId::new("a").unwrap() };
    let effects = Effects::new(Some(Arc::new(Broken(thread, || StoreError::Closed.into()))));
    let runs = Cell::new(0);
    let outcome = once(&effects, "charge", "in", &runs, Ok(1));
    assert!(matches!(outcome, Err(EffectError::Store { source: StoreError::Closed, .. })));
    assert_eq!(runs.get(), 1);
    let outcome = at_most_once(&effects, &runs, Ok(1), Ok(1));
    assert!(matches!(outcome, Err(EffectError::Store { .. })));
    assert_eq!(runs.get(), 1, "without its intent the effect does not run");
}
