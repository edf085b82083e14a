//! What `once` and `at_most_once` promise, in memory; `thread::journal` tests them over a store.

use super::*;
use crate::graph::journal::JournalError;
use crate::saver::BoxFuture;
use crate::{CheckpointId, RecordHash, StoreError, ThreadId, ThreadKey};
use futures_lite::future::{block_on, yield_now};
use std::cell::Cell;
use std::future::ready;

fn task() -> TaskName {
    TaskName { path: String::new(), node: "pay" }
}

fn site<'a>(task: &'a TaskName, effect: &'a str) -> Site<'a> {
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
    let (mut effects, runs) = (Effects::default(), Cell::new(0));
    once(&effects, "charge", "in", &runs, Ok(7)).unwrap();
    assert_eq!(once(&effects.beside(), "charge", "in", &runs, Ok(8)).unwrap(), 8);
    effects.renew();
    assert_eq!(once(&effects, "charge", "in", &runs, Ok(9)).unwrap(), 9);
    assert_eq!(runs.get(), 3);
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
    effects.renew();
    at_most_once(&effects, &runs, Ok(1), Ok(1)).unwrap();
    effects.again();
    let outcome = once(&effects, "wire", "in", &runs, Ok(2));
    assert!(matches!(outcome, Err(EffectError::OtherCall { at_most_once: true, .. })));
    assert_eq!(runs.get(), 2);
}

/// The key that an effect is called with.
fn key(effects: &Effects, task: &TaskName, step: u64, effect: &str) -> String {
    let done = block_on(effects.once(Site { task, step, effect }, &(), async |key| Outcome::Ok(key.to_string())));
    done.unwrap()
}

#[test]
fn keys_in_memory_are_of_one_run() {
    let mut effects = Effects::default();
    let failing = |effects: &Effects| {
        let seen = Cell::new(None);
        let failed = block_on(effects.once(site(&task(), "charge"), &(), |key| {
            seen.set(Some(key));
            ready(Outcome::<()>::Err("no".into()))
        }));
        failed.unwrap_err();
        seen.get().unwrap().to_string()
    };
    let first = failing(&effects);
    effects.again();
    assert_eq!(failing(&effects), first, "the same over attempts");
    effects.renew();
    assert_eq!(key(&effects, &task(), 1, "charge"), first, "and for the same task");
    assert_ne!(key(&effects, &task(), 1, "refund"), first);
    effects.renew();
    assert_ne!(key(&effects, &task(), 2, "charge"), first);
    assert_eq!(key(&effects.beside(), &task(), 1, "charge"), first, "tasks side by side are of one run");
    assert_ne!(key(&Effects::default(), &task(), 1, "charge"), first, "and another run has others");
}

#[test]
fn a_key_is_32_hexadecimal_digits() {
    let key = IdempotencyKey::new(&Origin::Memory { run: 1, step: 1 }, &task(), "charge");
    assert_eq!(key.as_str().len(), 32);
    assert!(key.as_str().bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));
    assert_eq!((key.to_string(), format!("{key:?}")), (key.as_str().to_owned(), format!("{:?}", key.as_str())));
}

#[test]
fn each_part_of_the_place_changes_the_key() {
    let of = |graph: &str, thread: &str, checkpoint, hash, path: &str, node, effect| {
        let thread = ThreadKey { graph: graph.into(), thread: ThreadId::new(thread).unwrap() };
        let place = (CheckpointId(checkpoint), RecordHash([hash; 16]));
        let task = TaskName { path: path.to_owned(), node };
        IdempotencyKey::new(&Origin::Thread(&thread, place), &task, effect)
    };
    let keys = [
        of("Jobs", "a", 1, 7, "", "pay", "charge"),
        of("Job", "sa", 1, 7, "", "pay", "charge"),
        of("Jobs", "b", 1, 7, "", "pay", "charge"),
        of("Jobs", "a", 2, 7, "", "pay", "charge"),
        of("Jobs", "a", 1, 8, "", "pay", "charge"),
        of("Jobs", "a", 1, 7, "1", "pay", "charge"),
        of("Jobs", "a", 1, 7, "", "paid", "charge"),
        of("Jobs", "a", 1, 7, "", "pay", "charge2"),
        of("Jobs", "a", 1, 7, "", "payc", "harge"),
        of("Jobs", "a", 1, 7, "p", "ay", "charge"),
    ];
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    assert_eq!(keys[0], of("Jobs", "a", 1, 7, "", "pay", "charge"));
    assert_eq!(
        keys[0].as_str(),
        "60b3bfc52b5aa5a1731a4e357daf73c9",
        "a new version of the program must give stored threads the old keys"
    );
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

    fn get<'a>(&'a self, _: &'a TaskName, _: &'a str) -> BoxFuture<'a, Result<Option<Entry>, JournalError>> {
        Box::pin(ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a TaskName, _: &'a str, _: &'a Entry) -> BoxFuture<'a, Result<(), JournalError>> {
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

mod nodes {
    //! The forms of closures that a node may use, with a future that crosses threads.

    use super::*;

    struct Order {
        items: Vec<String>,
        total: u64,
    }

    struct Bank;

    impl Bank {
        async fn charge(&self, items: &[String], total: u64, key: &str) -> Result<u64, std::num::TryFromIntError> {
            assert_eq!(key.len(), 32);
            yield_now().await;
            u64::try_from(items.len()).map(|count| count * total)
        }

        async fn look_up(&self, _: IdempotencyKey) -> Result<u64, String> {
            yield_now().await;
            Err("it is closed".to_owned())
        }
    }

    async fn pay(order: &Order, bank: &Bank, effects: &Effects) -> Result<u64, BoxError> {
        let task = task();
        let block = effects.once(site(&task, "block"), &order.items, |key| async move {
            let key = key.to_string();
            bank.charge(&order.items, order.total, &key).await
        });
        let block = block.await?;
        let closure = effects.once(site(&task, "closure"), "text", async |key| {
            Ok::<_, BoxError>(bank.charge(&order.items, order.total, key.as_str()).await? + 1)
        });
        let closure: u64 = closure.await?;
        let (items, total) = (&order.items, order.total);
        let wire = effects
            .at_most_once(
                site(&task, "wire"),
                &(items, total),
                async |key| bank.charge(items, total, key.as_ref()).await,
                |key| bank.look_up(key),
            )
            .await?;
        Ok(block + closure + wire)
    }

    #[test]
    fn nodes_may_borrow_from_the_state() {
        fn crosses<T: Send>(future: T) -> T {
            future
        }
        let order = Order { items: vec!["a".into(), "b".into()], total: 5 };
        assert_eq!(block_on(crosses(pay(&order, &Bank, &Effects::default()))).unwrap(), 31);
    }
}
