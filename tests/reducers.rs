//! Every reducer, and the order in which writes fold.

use graph_runtime::{GraphState, Update};
use graph_tests::{after, new};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Draft {
    text: String,
    score: u32,
}

fn keep_best(best: &mut Draft, draft: Draft) {
    if draft.score > best.score {
        *best = draft;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Message {
    id: String,
    text: String,
}

fn message(id: &str, text: &str) -> Message {
    Message { id: id.into(), text: text.into() }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    number: u64,
}

type Hasher = BuildHasherDefault<DefaultHasher>;

/// An alias hides the items from the macro, which then asks the reducer's trait.
type Steps = Vec<u32>;
type Index = HashMap<u32, String, Hasher>;
type Parts = Vec<Part>;

#[derive(GraphState, Debug)]
struct Work {
    #[reduce(append)]
    list: Vec<u32>,
    #[reduce(append)]
    queue: VecDeque<u32>,
    #[reduce(append)]
    text: String,
    #[reduce(append)]
    steps: Steps,
    #[reduce(merge)]
    tree: BTreeMap<String, u32>,
    #[reduce(merge)]
    table: HashMap<u64, u32, Hasher>,
    #[reduce(merge)]
    ordered: BTreeSet<String>,
    #[reduce(merge)]
    unordered: HashSet<u64, Hasher>,
    #[reduce(merge)]
    index: Index,
    #[reduce(add)]
    sum: u64,
    #[reduce(add)]
    cost: f64,
    #[reduce(max)]
    highest: f64,
    #[reduce(min)]
    #[state(default = f64::NAN)]
    lowest: f64,
    #[reduce(and)]
    #[state(default = true)]
    all: bool,
    #[reduce(or)]
    any: bool,
    #[reduce(or)]
    flags: u8,
    #[reduce(with = keep_best)]
    best: Draft,
    #[reduce(upsert(by = id, key = String))]
    messages: Vec<Message>,
    #[reduce(upsert(by = number))]
    parts: Parts,
    #[reduce(with = state)]
    state: u8,
    #[reduce(with = Self::patch)]
    patch: u8,
}

/// Called like a name of generated code.
fn state(old: &mut u8, new: u8) {
    *old = old.saturating_mul(2).saturating_add(new);
}

impl Work {
    fn patch(old: &mut u8, new: u8) {
        state(old, new);
    }
}

#[test]
fn append_takes_any_iterator() {
    let work: Work = new(Work::update().list([1, 2]).list(vec![3]).list((4..6).filter(|n| n % 2 == 0)));
    assert_eq!(work.list, [1, 2, 3, 4]);
    let work: Work = new(Work::update().queue([1]).queue(Some(2)).steps([7]).steps([8]));
    assert_eq!(work.queue, [1, 2]);
    assert_eq!(work.steps, [7, 8]);
}

#[test]
fn append_on_text_takes_text() {
    let work: Work = new(Work::update().text("a").text(String::from("b")).text('c'));
    assert_eq!(work.text, "abc");
}

#[test]
fn merge_inserts_and_replaces() {
    let work: Work = new(Work::update().tree([("a".to_owned(), 1), ("b".to_owned(), 2)]).tree([("a".to_owned(), 3)]));
    assert_eq!(work.tree, BTreeMap::from([("a".to_owned(), 3), ("b".to_owned(), 2)]));
    let work: Work = new(Work::update().table([(1, 1), (1, 2)]).index([(7, "seven".to_owned())]));
    assert_eq!(work.table.get(&1), Some(&2));
    assert_eq!(work.index.get(&7).map(String::as_str), Some("seven"));
    let work: Work = new(Work::update().ordered(["x".to_owned()]).unordered([1, 2, 2]));
    assert_eq!(work.ordered.len(), 1);
    assert_eq!(work.unordered.len(), 2);
}

#[test]
fn remove_takes_keys() {
    let update = Work::update()
        .tree([("a".to_owned(), 1), ("b".to_owned(), 2)])
        .remove_tree(["a", "unknown"])
        .table([(1, 1), (2, 2)])
        .remove_table([1])
        .ordered(["x".to_owned(), "y".to_owned()])
        .remove_ordered(vec!["x".to_owned()])
        .unordered([1, 2])
        .remove_unordered(Some(2))
        .index([(7, "seven".to_owned())])
        .remove_index([7]);
    let work: Work = new(update);
    assert_eq!(work.tree, BTreeMap::from([("b".to_owned(), 2)]));
    assert_eq!(work.table.keys().collect::<Vec<_>>(), [&2]);
    assert_eq!(work.ordered, BTreeSet::from(["y".to_owned()]));
    assert_eq!(work.unordered.iter().collect::<Vec<_>>(), [&1]);
    assert!(work.index.is_empty());
}

#[test]
fn add_sums() {
    let work: Work = new(Work::update().sum(1).sum(2).cost(0.5).cost(0.25));
    assert_eq!(work.sum, 3);
    assert_eq!(work.cost.to_bits(), 0.75_f64.to_bits());
}

#[test]
fn max_and_min_keep_the_extreme() {
    let work: Work = new(Work::update().highest(2.0).highest(1.0).lowest(2.0).lowest(1.0).lowest(3.0));
    assert_eq!(work.highest.to_bits(), 2.0_f64.to_bits());
    assert_eq!(work.lowest.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn nan_loses_against_every_number() {
    let work: Work = new(Work::update().highest(f64::NAN).lowest(f64::NAN));
    assert_eq!(work.highest.to_bits(), 0.0_f64.to_bits());
    assert!(work.lowest.is_nan());
    let work = after(work, Work::update().overwrite_highest(f64::NAN).highest(-1.0).lowest(5.0).lowest(f64::NAN));
    assert_eq!(work.highest.to_bits(), (-1.0_f64).to_bits());
    assert_eq!(work.lowest.to_bits(), 5.0_f64.to_bits());
}

#[test]
fn and_and_or() {
    let work: Work = new(Work::update().all(true).any(false).flags(0b01).flags(0b10));
    assert!(work.all && !work.any);
    assert_eq!(work.flags, 0b11);
    let work = after(work, Work::update().all(false).all(true).any(true).any(false));
    assert!(!work.all && work.any);
}

#[test]
fn with_calls_the_function() {
    let draft = |score| Draft { text: format!("draft {score}"), score };
    let work: Work = new(Work::update().best(draft(1)).best(draft(3)).best(draft(2)));
    assert_eq!(work.best, draft(3));
    let work: Work = new(Work::update().state(1).state(1).patch(1).patch(2));
    assert_eq!((work.state, work.patch), (3, 4));
}

#[test]
fn upsert_replaces_in_place() {
    let work: Work = new(Work::update().messages([message("a", "1"), message("b", "2")]));
    let work = after(work, Work::update().messages([message("c", "3"), message("a", "4"), message("c", "5")]));
    assert_eq!(work.messages, [message("a", "4"), message("b", "2"), message("c", "5")]);
    let work = after(work, Work::update().remove_messages(["a", "z"]));
    assert_eq!(work.messages, [message("b", "2"), message("c", "5")]);
    let work = after(work, Work::update().parts([Part { number: 1 }, Part { number: 1 }]));
    assert_eq!(work.parts, [Part { number: 1 }]);
}

#[test]
fn writes_fold_in_the_order_of_the_calls() {
    let update = Work::update().list([1]).overwrite_list(vec![2]).list([3]).list([4]);
    assert_eq!(new::<Work, _>(update).list, [2, 3, 4]);
    let update = Work::update().messages([message("a", "1")]).remove_messages(["a"]).messages([message("a", "2")]);
    assert_eq!(new::<Work, _>(update).messages, [message("a", "2")]);
    let update = Work::update().list([1]).list([2]).overwrite_list(vec![]);
    assert_eq!(new::<Work, _>(update).list, [0; 0]);
}

#[test]
fn a_patch_is_empty_after_it_was_applied() {
    let mut patch = <Work as GraphState>::Patch::default();
    let mut work = Work::initial();
    let update = || Work::update().list([1]).list([2]).sum(1);
    let applied = |patch: &mut _, work: &mut _, update| write_and_apply(patch, work, update);
    applied(&mut patch, &mut work, update());
    applied(&mut patch, &mut work, update());
    work.apply(&mut patch);
    assert_eq!(work.list, [1, 2, 1, 2]);
    assert_eq!(work.sum, 2);
}

fn write_and_apply<S: GraphState, U: Update<S>>(patch: &mut S::Patch, state: &mut S, update: U) {
    update.write(patch);
    U::apply(patch, state);
}

#[test]
fn maybe_writes_only_what_is_there() {
    let work: Work =
        new(Work::update().maybe_list(Some([1])).maybe_list(None::<[u32; 0]>).maybe_sum(None).maybe_any(Some(true)));
    assert_eq!(work.list, [1]);
    assert_eq!(work.sum, 0);
    assert!(work.any);
}
