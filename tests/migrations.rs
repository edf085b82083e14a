//! A newer program has other types for the fields of a stored thread: it names the old ones and the ways from them, and goes on
//! with what the thread holds, in whole records, in changes, in writes that wait, and in subgraphs.
//!
//! Every case is several programs over one store, each in a module of its own. A kill is a run that is dropped.

#![allow(clippy::needless_pass_by_value, reason = "a migration is given the old value")]

use futures_lite::StreamExt;
use futures_lite::future::{block_on, pending};
use graph_runtime::{Builder, CheckpointId, Ctx, Definition, Error, Graph, GraphState, MemorySaver, Update, graph};
use graph_tests::kill;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Whether the node that calls it never comes back.
type Hangs = AtomicBool;

fn graph_of<G: Definition<Context = Hangs>>(saver: &MemorySaver, hangs: bool) -> Graph<G> {
    Builder::<G>::new().context(Arc::new(Hangs::new(hangs))).checkpointer(saver.clone()).unchecked()
}

async fn hang(_: &(impl Sync + ?Sized), cx: &Ctx<Hangs>) {
    if cx.context().load(SeqCst) {
        pending::<()>().await;
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
    stars: u8,
}

fn stars(notes: Vec<String>) -> Vec<Note> {
    notes.into_iter().map(|text| Note { text, stars: 5 }).collect()
}

fn starred(notes: VecDeque<String>) -> VecDeque<Note> {
    notes.into_iter().map(|text| Note { text, stars: 4 }).collect()
}

fn euros(cents: u32) -> f64 {
    f64::from(cents) / 100.0
}

fn prices(cents: BTreeMap<String, u32>) -> BTreeMap<String, f64> {
    cents.into_iter().map(|(name, cents)| (name, euros(cents))).collect()
}

fn names(numbers: BTreeSet<u8>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| number.to_string()).collect()
}

fn only<T>(one: T) -> Vec<T> {
    vec![one]
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Old {
    shade: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct New {
    colour: String,
}

fn colour(old: Old) -> New {
    New { colour: format!("shade {}", old.shade) }
}

/// The programs are one but for their states.
macro_rules! program {
    ($($update:tt)*) => {
        pub(super) fn step(job: &Job) -> impl Update<Job> + use<> {
            write(job)
        }

        pub(super) fn quick(job: &Job) -> impl Update<Job> + use<> {
            write(job)
        }

        pub(super) async fn slow(job: &Job, cx: &Ctx<Hangs>) -> impl Update<Job> + use<> {
            hang(job, cx).await;
        }

        pub(super) fn enough(job: &Job) -> bool {
            job.step >= 4
        }

        graph! {
            pub(super) graph Jobs<Job, Hangs>;
            node step, quick, slow;
            start -> step -> match enough {
                true => (quick, slow) -> end,
                false => step,
            };
        }
    };
}

mod first {
    use super::*;

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Job {
        pub(super) step: u32,
        pub(super) weight: String,
        pub(super) cost: u32,
        pub(super) plan: String,
        pub(super) one: u8,
        #[reduce(append)]
        pub(super) notes: Vec<String>,
        #[reduce(append)]
        pub(super) queue: VecDeque<String>,
        #[reduce(merge)]
        pub(super) prices: BTreeMap<String, u32>,
        #[reduce(merge)]
        pub(super) seen: BTreeSet<u8>,
        #[reduce(add)]
        pub(super) sum: u32,
        #[state(json)]
        pub(super) raw: Old,
        #[state(json)]
        pub(super) loose: Vec<u8>,
        pub(super) tight: Vec<u8>,
        #[state(json)]
        pub(super) free: serde_json::Value,
    }

    fn write(job: &Job) -> impl Update<Job> + use<> {
        let step = job.step + 1;
        let number = u8::try_from(step).unwrap();
        let update = Job::update().step(step).cost(step * 150).plan(format!("plan {step}")).one(number);
        let update = update.notes([format!("note {step}")]).queue([format!("job {step}")]).sum(step);
        let update = update.prices([(format!("tea {step}"), step * 100)]).seen([number]);
        let update = update.free(serde_json::json!({ "steps": step }));
        update.raw(Old { shade: number }).loose(vec![number]).tight(vec![number])
    }

    program! {}
}

mod second {
    use super::*;

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Job {
        pub(super) step: u32,
        pub(super) weight: String,
        #[state(migrate(from = u32, with = euros), default = 0.5)]
        pub(super) cost: f64,
        #[state(renamed_from = "plan", migrate(from = String, with = only))]
        pub(super) plans: Vec<String>,
        #[reduce(append)]
        #[state(migrate(from = bool, with = never), migrate(from = u8, with = only))]
        pub(super) one: Vec<u8>,
        #[reduce(append)]
        #[state(migrate(from = Vec<String>, with = stars))]
        pub(super) notes: Vec<Note>,
        #[reduce(append)]
        #[state(migrate(from = VecDeque<String>, with = starred))]
        pub(super) queue: VecDeque<Note>,
        #[reduce(merge)]
        #[state(migrate(from = BTreeMap<String, u32>, with = super::prices))]
        pub(super) prices: BTreeMap<String, f64>,
        #[reduce(merge)]
        #[state(migrate(from = BTreeSet<u8>, with = names))]
        pub(super) seen: BTreeSet<String>,
        #[reduce(add)]
        #[state(migrate(from = u32, with = u64::from))]
        pub(super) sum: u64,
        #[state(json, migrate(from = Old, with = colour))]
        pub(super) raw: New,
        #[state(migrate(from = Vec<u8>, with = std::convert::identity))]
        pub(super) loose: Vec<u8>,
        #[state(json, migrate(from = Vec<u8>, with = std::convert::identity))]
        pub(super) tight: Vec<u8>,
        #[state(json, migrate(from = serde_json::Value, with = steps))]
        pub(super) free: u64,
    }

    /// The old type is one that only JSON can hold.
    fn steps(free: serde_json::Value) -> u64 {
        free.get("steps").and_then(serde_json::Value::as_u64).unwrap_or_default()
    }

    fn never(_: bool) -> Vec<u8> {
        panic!("nobody stored a bool")
    }

    fn write(job: &Job) -> impl Update<Job> + use<> {
        let note = Note { text: "new".to_owned(), stars: 1 };
        Job::update().step(job.step + 1).notes([note.clone()]).queue([note]).sum(1).prices([("new", 7.0)].map(owned))
    }

    fn owned((name, price): (&str, f64)) -> (String, f64) {
        (name.to_owned(), price)
    }

    program! {}
}

/// Has the new types, and knows nothing of the old ones.
mod third {
    use super::*;

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Job {
        pub(super) step: u32,
        pub(super) weight: String,
        pub(super) cost: f64,
        pub(super) plans: Vec<String>,
        #[reduce(append)]
        pub(super) one: Vec<u8>,
        #[reduce(append)]
        pub(super) notes: Vec<Note>,
        #[reduce(append)]
        pub(super) queue: VecDeque<Note>,
        #[reduce(merge)]
        pub(super) prices: BTreeMap<String, f64>,
        #[reduce(merge)]
        pub(super) seen: BTreeSet<String>,
        #[reduce(add)]
        pub(super) sum: u64,
        #[state(json)]
        pub(super) raw: New,
        pub(super) loose: Vec<u8>,
        #[state(json)]
        pub(super) tight: Vec<u8>,
        #[state(json)]
        pub(super) free: u64,
    }

    fn write(job: &Job) -> impl Update<Job> + use<> {
        Job::update().step(job.step + 1)
    }

    program! {}
}

/// A thread of the first program, killed in its fifth step with what `quick` had left.
fn killed(saver: &MemorySaver) {
    let thread = graph_of::<first::Jobs>(saver, true).thread("a");
    kill(thread.invoke(first::Job::update().weight("x".repeat(5_000))).into_future());
}

fn notes(job: &second::Job) -> Vec<(&str, u8)> {
    job.notes.iter().map(|note| (note.text.as_str(), note.stars)).collect()
}

fn check_before(job: &second::Job, step: u32) {
    let number = u8::try_from(step).unwrap();
    assert_eq!((job.step, job.weight.len()), (step, 5_000));
    assert!((job.cost - f64::from(step) * 1.5).abs() < f64::EPSILON);
    assert_eq!(job.plans, [format!("plan {step}")]);
    assert_eq!(job.one, [number]);
    let count = step as usize;
    assert_eq!((job.notes.len(), job.queue.len(), job.prices.len(), job.seen.len()), (count, count, count, count));
    assert!(job.notes.iter().all(|note| note.stars == 5) && job.queue.iter().all(|note| note.stars == 4));
    assert!((job.prices[&format!("tea {step}")] - f64::from(step)).abs() < f64::EPSILON);
    assert!(job.seen.contains(&step.to_string()));
    assert_eq!((job.sum, job.raw.colour.as_str()), (u64::from(step * (step + 1) / 2), &*format!("shade {step}")));
    assert_eq!((&job.loose[..], &job.tight[..], job.free), (&[number][..], &[number][..], u64::from(step)));
}

#[test]
fn a_thread_killed_in_the_middle_of_a_step_goes_on_with_the_new_types() {
    let saver = MemorySaver::new();
    killed(&saver);
    let thread = graph_of::<second::Jobs>(&saver, false).thread("a");
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    check_before(&snapshot.state, 4);
    assert_eq!(snapshot.next, [second::JobsNode::Slow], "`quick` is done");
    let job = block_on(thread.resume()).unwrap().finished().unwrap();
    // What `quick` had left, in the old types.
    check_before(&job, 5);
    assert_eq!(notes(&job).last(), Some(&("note 5", 5)));
    assert!(block_on(thread.verify()).unwrap() > 5);
}

#[test]
fn every_past_checkpoint_is_read_in_the_new_types() {
    let saver = MemorySaver::new();
    killed(&saver);
    let thread = graph_of::<second::Jobs>(&saver, false).thread("a");
    let history: Vec<_> = block_on(thread.history().try_collect()).unwrap();
    assert_eq!(history.len(), 5);
    for (snapshot, step) in history.iter().zip([4, 3, 2, 1]) {
        check_before(&snapshot.state, step);
    }
    check_before(&block_on(thread.at(CheckpointId(3)).snapshot()).unwrap().state, 2);
    block_on(thread.prune(graph_runtime::Keep::Last(2))).unwrap();
    check_before(&block_on(thread.at(CheckpointId(4)).snapshot()).unwrap().state, 3);
    let copy = block_on(thread.copy_to("b")).unwrap();
    let _ = block_on(copy.resume()).unwrap();
    let fork = block_on(thread.at(CheckpointId(4)).replay()).unwrap().finished().unwrap();
    assert_eq!(notes(&fork), [("note 1", 5), ("note 2", 5), ("note 3", 5), ("new", 1), ("new", 1)]);
}

/// The next record holds all of the state, so that none mixes changes to values of both types.
#[test]
fn once_a_step_is_stored_the_old_types_are_gone() {
    let saver = MemorySaver::new();
    killed(&saver);
    let third = graph_of::<third::Jobs>(&saver, false).thread("a");
    let refused = block_on(third.resume());
    assert!(matches!(&refused, Err(Error::Incompatible { .. })), "{refused:?}");
    let before = block_on(graph_of::<first::Jobs>(&saver, false).thread("a").snapshot()).unwrap().unwrap();
    assert_eq!(before.state.notes.len(), 4, "nothing was changed");

    let job = block_on(graph_of::<second::Jobs>(&saver, false).thread("a").resume()).unwrap().finished().unwrap();
    let snapshot = block_on(third.snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.state.notes, snapshot.state.prices, snapshot.state.sum), (job.notes, job.prices, job.sum));
    let first = block_on(graph_of::<first::Jobs>(&saver, false).thread("a").snapshot());
    assert!(matches!(first, Err(Error::Incompatible { .. })), "the old program reads what it wrote, and no more");
    // And changes to the new types follow it.
    let job = block_on(graph_of::<second::Jobs>(&saver, false).thread("a").invoke(second::Job::update().step(2)));
    let job = job.unwrap().finished().unwrap();
    assert_eq!(block_on(third.snapshot()).unwrap().unwrap().state.notes, job.notes);
}

#[test]
fn an_edit_migrates_what_it_edits() {
    let saver = MemorySaver::new();
    killed(&saver);
    let thread = graph_of::<second::Jobs>(&saver, false).thread("a");
    let note = Note { text: "by hand".to_owned(), stars: 3 };
    let edited = block_on(thread.update(second::Job::update().notes([note]).cost(1.25))).unwrap();
    assert_eq!((edited.state.notes.len(), edited.state.cost.to_string().as_str()), (5, "1.25"));
    let third = graph_of::<third::Jobs>(&saver, false).thread("a");
    let past = block_on(third.at(edited.id).snapshot());
    assert!(matches!(past, Err(Error::Incompatible { .. })), "beside it lies what `quick` has left, in the old types");
    let job = block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!(notes(&job)[4..], [("by hand", 3), ("note 5", 5)]);
    assert_eq!(block_on(third.snapshot()).unwrap().unwrap().state.notes, job.notes);
}

mod inner {
    use super::*;

    macro_rules! inner {
        ($module:ident, $($field:tt)*) => {
            pub(super) mod $module {
                use super::*;

                #[derive(GraphState, Debug, PartialEq)]
                pub(crate) struct Inner {
                    pub(crate) weight: String,
                    $($field)*
                    pub(crate) count: u32,
                }

                #[derive(GraphState, Debug, PartialEq)]
                pub(crate) struct Outer {
                    pub(crate) texts: Vec<String>,
                }

                fn grow(inner: &Inner) -> impl Update<Inner> + use<> {
                    Inner::update().weight("y".repeat(3_000)).count(inner.count + 1).notes(noted(inner.count))
                }

                async fn wait(inner: &Inner, cx: &Ctx<Hangs>) -> impl Update<Inner> + use<> {
                    hang(inner, cx).await;
                }

                fn enter(_: &Outer) -> impl Update<Inner> + use<> {}

                fn leave(_: &Outer, inner: &Inner) -> impl Update<Outer> + use<> {
                    Outer::update().texts(texts(&inner.notes))
                }

                fn again(inner: &Inner) -> bool {
                    inner.count % 3 != 0
                }

                graph! {
                    pub(crate) graph Grow<Inner, Hangs>;
                    node grow, wait;
                    start -> grow -> match again { true => grow, false => wait -> end };
                }

                graph! {
                    pub(crate) graph Outside<Outer, Hangs>;
                    #[memory(thread)]
                    subgraph grow = Grow(enter, leave);
                    start -> grow -> end;
                }
            }
        };
    }

    inner! { first, #[reduce(append)] pub(crate) notes: Vec<String>, }
    inner! { second, #[reduce(append)] #[state(migrate(from = Vec<String>, with = stars))] pub(crate) notes: Vec<Note>, }

    trait Noted: Sized {
        fn of(count: u32) -> Self;
        fn text(&self) -> String;
    }

    impl Noted for String {
        fn of(count: u32) -> String {
            count.to_string()
        }

        fn text(&self) -> String {
            self.clone()
        }
    }

    impl Noted for Note {
        fn of(count: u32) -> Note {
            Note { text: count.to_string(), stars: 2 }
        }

        fn text(&self) -> String {
            format!("{} {}", self.text, self.stars)
        }
    }

    fn noted<N: Noted>(count: u32) -> [N; 1] {
        [N::of(count)]
    }

    fn texts<N: Noted>(notes: &[N]) -> Vec<String> {
        notes.iter().map(Noted::text).collect()
    }
}

#[test]
fn a_running_subgraph_goes_on_with_the_new_types_and_keeps_them() {
    let saver = MemorySaver::new();
    kill(graph_of::<inner::first::Outside>(&saver, true).thread("a").invoke(()).into_future());
    let thread = graph_of::<inner::second::Outside>(&saver, false).thread("a");
    let outer = block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!(outer.texts, ["0 5", "1 5", "2 5"]);
    let outer = block_on(thread.invoke(())).unwrap().finished().unwrap();
    assert_eq!(outer.texts, ["0 5", "1 5", "2 5", "3 2", "4 2", "5 2"]);
}

#[test]
fn what_a_subgraph_kept_is_migrated() {
    let saver = MemorySaver::new();
    let _ = block_on(graph_of::<inner::first::Outside>(&saver, false).thread("a").invoke(())).unwrap();
    let thread = graph_of::<inner::second::Outside>(&saver, false).thread("a");
    let outer = block_on(thread.invoke(())).unwrap().finished().unwrap();
    assert_eq!(outer.texts, ["0 5", "1 5", "2 5", "3 2", "4 2", "5 2"]);
    assert_eq!(block_on(thread.history().try_collect::<_, _, Vec<_>>()).unwrap().len(), 10);
}
