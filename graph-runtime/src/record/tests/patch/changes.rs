//! What a record holds of changes is what they have come to, whatever was written and in whichever order.

use super::super::hex;
use super::any::write;
use super::{Message, Work, full, message, patch};
use crate::record::bytes::Bytes;
use crate::record::checkpoint::read_changed_fields;
use crate::record::delta::Delta;
use crate::record::field::{FieldReader, FieldWriter, Span};
use crate::{FieldError, GraphState, Update};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;

/// A state with the records that hold it: a whole one, and one for each step after it.
struct Kept<S> {
    state: S,
    whole: Vec<u8>,
    changes: Vec<Bytes>,
    delta: Delta,
}

impl<S: GraphState> Kept<S> {
    fn new(state: S) -> Kept<S> {
        let mut whole = Vec::new();
        let mut fields = FieldWriter::new(&mut whole);
        state.encode(&mut fields).expect("it is storable");
        let mut delta = Delta::default();
        delta.clear(Some(usize::MAX));
        Kept { state, whole, changes: Vec::new(), delta }
    }

    /// Takes an update in, as the engine does for each task of a step.
    fn take(&mut self, update: impl Update<S>) {
        let mut patch = patch(update);
        self.delta.note(&mut self.state, &mut patch);
        self.state.apply(&mut patch);
    }

    /// Ends the step, and returns the bytes of its record.
    fn step(&mut self) -> usize {
        let changes = self.delta.record(&self.state).expect("it is storable").expect("there is room");
        self.delta.clear(Some(usize::MAX));
        let size = changes.0.len();
        self.changes.push(changes);
        size
    }

    /// As a program reads it that has this state.
    fn read<R: GraphState>(&self) -> Result<R, FieldError> {
        let mut fields = read_changed_fields(&self.whole, &self.changes).expect("they are whole");
        R::decode(&mut fields)
    }
}

/// What is read is the state, but for what is never stored.
fn comes_back(kept: &Kept<Work>) {
    let mut expected = kept.state.clone();
    (expected.cache, expected.caches) = Default::default();
    assert_eq!(kept.read::<Work>().expect("they are whole"), expected);
    leaps(kept, &expected);
}

/// All changes as those of one record, or some of them, are the same ones, also to a program that has another state.
fn leaps<R: GraphState + Debug + PartialEq>(kept: &Kept<Work>, expected: &R) {
    for place in 0..kept.changes.len() {
        let (apart, together) = kept.changes.split_at(place);
        let mut changes = apart.to_vec();
        changes.push(spanned(together));
        let mut fields = read_changed_fields(&kept.whole, &changes).expect("they are whole");
        assert_eq!(R::decode(&mut fields).as_ref(), Ok(expected));
    }
}

/// What has changed in several records, as that of one.
fn spanned(changes: &[Bytes]) -> Bytes {
    let mut span = Span::default();
    for changes in changes {
        span.add(&changes.0).expect("they are whole");
    }
    span.fields()
}

/// The same fields with other reducers, types of the same kind, and a name that was another one.
#[derive(Clone, Debug, GraphState, PartialEq)]
#[state(crate = crate)]
struct Later {
    #[reduce(merge)]
    unordered: BTreeSet<u8>,
    list: VecDeque<u32>,
    #[reduce(append)]
    queue: Vec<Option<u32>>,
    #[state(renamed_from = "text")]
    words: String,
    #[reduce(with = never)]
    messages: Vec<Message>,
    #[reduce(upsert(by = text, key = String))]
    keyless: Vec<Message>,
    tree: HashMap<String, u32>,
    table: BTreeMap<u8, u32>,
    ordered: HashSet<u8>,
    #[state(json)]
    choices: VecDeque<super::Untagged>,
    #[state(json)]
    named: HashMap<u8, super::Untagged>,
    #[reduce(append)]
    title: String,
    sum: u64,
}

fn never(_: &mut Vec<Message>, _: Vec<Message>) {
    panic!("no reducer is called");
}

fn later(work: Work) -> Later {
    Later {
        unordered: work.unordered.into_iter().collect(),
        list: work.list.into(),
        queue: work.queue.into(),
        words: work.text,
        messages: work.messages,
        keyless: work.keyless,
        tree: work.tree.into_iter().collect(),
        table: work.table.into_iter().collect(),
        ordered: work.ordered.into_iter().collect(),
        choices: work.choices.into(),
        named: work.named.into_iter().collect(),
        title: work.title,
        sum: work.sum,
    }
}

proptest! {
    #[test]
    fn any_changes_come_back(
        begin in prop::collection::vec(write(), 0..10),
        steps in prop::collection::vec(prop::collection::vec(prop::collection::vec(write(), 0..6), 0..4), 0..8),
    ) {
        let mut state = Work::initial();
        for update in begin {
            state.apply(&mut patch(update));
        }
        let (mut kept, mut folded) = (Kept::new(state.clone()), state);
        for tasks in steps {
            kept.state.expire();
            folded.expire();
            for updates in tasks {
                let mut both = [(); 2].map(|()| <Work as GraphState>::Patch::default());
                for update in updates {
                    let bytes = super::encode::<Work>(&patch(update)).expect("it is storable");
                    for all in &mut both {
                        super::decode::<Work>(&bytes).expect("it was stored").write(all);
                    }
                }
                let [one, mut other] = both;
                kept.take(one);
                folded.apply(&mut other);
            }
            kept.step();
            prop_assert_eq!(&kept.state, &folded, "to note what changes changes nothing else");
            comes_back(&kept);
            prop_assert_eq!(kept.read::<Later>().expect("the types are of the same kind"), later(folded.clone()));
            leaps(&kept, &later(folded.clone()));
        }
    }

    #[test]
    fn any_bytes_are_changes_or_an_error(
        updates in prop::collection::vec(write(), 1..6),
        place in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(prop_oneof![0..3u8, any::<u8>()], 1..20),
    ) {
        let mut kept = Kept::new(full());
        for update in updates {
            kept.take(update);
        }
        kept.step();
        let Bytes(damaged) = &mut kept.changes[0];
        let start = place.index(damaged.len());
        for (place, byte) in damaged.iter_mut().skip(start).zip(bytes) {
            *place = byte;
        }
        if let Some(mut fields) = read_changed_fields(&kept.whole, &kept.changes) {
            let _ = Work::decode(&mut fields);
        }
    }
}

#[test]
fn an_item_that_is_replaced_is_stored_and_no_other() {
    let mut kept = Kept::new(full());
    let many = |text: &str| (0..500).map(|id| message(&format!("{id:03}"), text)).collect::<Vec<_>>();
    kept.take(Work::update().overwrite_messages(many("before")));
    let whole = kept.step();
    // Twice in one write, twice in one update, and by two tasks of a step.
    kept.take(Work::update().messages([message("007", "x"), message("007", "y")]).messages([message("007", "z")]));
    kept.take(Work::update().messages([message("499", "after"), message("new", "new"), message("new", "newer")]));
    let replaced = kept.step();
    kept.take(Work::update().remove_messages(["000", "001", "498", "none"]).messages([message("000", "again")]));
    let removed = kept.step();
    assert!(whole > 5_000 && replaced < 250 && removed < 125, "{whole}, {replaced} and {removed} bytes");
    let messages = &kept.state.messages;
    assert_eq!((messages.len(), messages[497].text.as_str()), (499, "newer"));
    assert_eq!(messages[5], message("007", "z"));
    comes_back(&kept);
}

#[test]
fn what_a_field_was_before_it_was_overwritten_is_not_stored() {
    let mut kept = Kept::new(full());
    kept.take(Work::update().list(0..5_000).overwrite_list(vec![1]).list([2]));
    kept.take(Work::update().list([3]));
    assert!(kept.step() < 200);
    assert_eq!(kept.state.list, [1, 2, 3]);
    comes_back(&kept);
    kept.take(Work::update().list(Vec::new()).tree([]).remove_table([]).text("").remove_messages([String::new()]));
    kept.step();
    comes_back(&kept);
}

// A state with more fields than a word has bits.
//
// wide!(Wide: f0 f1) -> struct Wide { #[reduce(append)] f0: Vec<u8>, #[reduce(append)] f1: Vec<u8>, last: u8 }
macro_rules! wide {
    ($name:ident: $($field:ident)*) => {
        #[derive(Clone, Debug, GraphState, PartialEq)]
        #[state(crate = crate)]
        struct $name { $(#[reduce(append)] $field: Vec<u8>,)* last: u8 }
    };
}

wide! {
    Wide: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25 f26 f27 f28 f29 f30 f31 f32 f33 f34 f35 f36 f37 f38 f39 f40 f41 f42 f43 f44 f45 f46 f47 f48 f49 f50 f51 f52 f53 f54 f55 f56 f57 f58 f59 f60 f61 f62 f63 f64 f65 f66 f67 f68 f69
}

#[test]
fn each_of_many_fields_changes_by_itself() {
    let mut kept = Kept::new(Wide::initial());
    kept.take(Wide::update().f0([1]).f63([2]).f64([3]).f69([4]).last(5));
    kept.step();
    assert_eq!(super::count(&kept.changes[0].0), 5);
    kept.take(Wide::update().f64([6]).overwrite_f63(vec![7]));
    kept.step();
    assert_eq!(super::count(&kept.changes[1].0), 2);
    assert_eq!(kept.read::<Wide>().expect("they are whole"), kept.state);
    assert_eq!((&*kept.state.f63, &*kept.state.f64, kept.state.last), (&[7][..], &[3, 6][..], 5));
}

#[test]
fn nothing_that_changed_takes_no_field() {
    let mut kept = Kept::new(full());
    kept.take(Work::update().maybe_step(None).remove_messages(["nobody"]));
    let brief = kept.step();
    kept.take(());
    assert_eq!(kept.step(), brief, "what lives for one step");
    comes_back(&kept);
}

#[test]
fn changes_that_outweigh_the_room_are_none_until_the_next_record() {
    let mut kept = Kept::new(full());
    kept.delta.clear(Some(100));
    kept.take(Work::update().list(0..100).overwrite_list(Vec::new()).list([1]));
    assert_eq!(kept.delta.record(&kept.state).expect("it is storable"), None);
    kept.take(Work::update().list([2]));
    assert_eq!(kept.state.list, [1, 2]);
    assert_eq!(kept.delta.record(&kept.state).expect("it is storable"), None);
    kept.delta.clear(Some(100));
    kept.take(Work::update().text("x".repeat(70)).overwrite_text("y").list([3]));
    assert!(kept.delta.record(&kept.state).expect("it is storable").is_some(), "what was overwritten takes no room");
}

/// Fields of other types, which say what they were.
#[derive(Clone, Debug, GraphState, PartialEq)]
#[state(crate = crate)]
struct Migrated {
    #[reduce(append)]
    #[state(migrate(from = Vec<u32>, with = wider))]
    list: Vec<u64>,
    #[state(renamed_from = "text", migrate(from = String, with = length))]
    length: u64,
}

fn wider(list: Vec<u32>) -> Vec<u64> {
    list.into_iter().map(u64::from).collect()
}

fn length(text: String) -> u64 {
    text.into_bytes().len() as u64
}

#[test]
fn what_has_changed_in_a_field_is_there_before_it_gets_another_type() {
    let mut kept = Kept::new(full());
    for number in 2..9 {
        kept.take(Work::update().list([number]).text("b"));
        kept.step();
    }
    let migrated = kept.read::<Migrated>().expect("it says what it was");
    assert_eq!(migrated, Migrated { list: (1..9).collect(), length: 8 });
}

/// Places that are not there, and bytes that are no edits.
#[test]
fn changes_of_another_value_are_an_error() {
    let mut kept = Kept::new(full());
    kept.take(Work::update().messages([message("1", "one"), message("2", "two"), message("3", "three")]));
    kept.step();
    kept.take(Work::update().messages([message("3", "drei")]));
    kept.take(Work::update().remove_messages(["2"]));
    kept.step();
    comes_back(&kept);
    kept.changes.remove(0);
    let error = kept.read::<Work>().expect_err("the item is missing");
    assert!(matches!(error, FieldError::Unreadable { field: "messages", .. }), "{error}");
    let Bytes(cut) = kept.changes.remove(0);
    assert!(FieldReader::new(&cut[..cut.len() - 1]).is_none());
}

/// The format is a promise: a program that is built later reads what is stored now.
#[test]
fn the_bytes_of_version_1_of_changes_do_not_change() {
    let mut kept = Kept::new(full());
    kept.take(
        Work::update()
            .step(9)
            .list([2, 3])
            .text("b")
            .tree([("b".to_owned(), 2)])
            .remove_tree(["a"])
            .ordered([7])
            .messages([message("1", "eins"), message("5", "five")])
            .remove_messages(["2"])
            .choices([super::Untagged::Number(1)])
            .sum(1),
    );
    kept.step();
    comes_back(&kept);
    assert_eq!(hex(&kept.changes[0].0), include_str!("changes_1.hex").trim());
}

#[test]
fn additions_of_many_records_are_one_and_can_be_read_as_that() {
    let mut kept = Kept::new(full());
    for number in 0..100 {
        kept.take(Work::update().messages([message(&format!("m{number}"), "some words that are not short")]));
        kept.step();
    }
    let apart: usize = kept.changes.iter().map(|changes| changes.0.len()).sum();
    let together = spanned(&kept.changes).0.len();
    assert!(together * 2 < apart + 100 * 30, "{together} bytes together and {apart} apart");
    comes_back(&kept);
}

/// Items that take next to no bytes and are many elements each: what was read alone is read together.
#[test]
fn what_is_next_to_nothing_is_read_together_with_more_of_it() {
    #[derive(Clone, Debug, Default, GraphState, PartialEq)]
    #[state(crate = crate)]
    struct Units {
        #[reduce(append)]
        blanks: Vec<()>,
        #[reduce(append)]
        rows: Vec<[(); 32]>,
        #[reduce(append)]
        pairs: Vec<(u8, [(); 30])>,
        #[reduce(append)]
        words: String,
    }

    let mut kept = Kept::new(Units::initial());
    for number in (0..=250).chain(0..50) {
        kept.take(Units::update().blanks([(), ()]).rows([[(); 32]]).pairs([(number, [(); 30])]).words("w"));
        kept.step();
    }
    let changes = [spanned(&kept.changes)];
    let mut fields = read_changed_fields(&kept.whole, &changes).expect("they are whole");
    assert_eq!(Units::decode(&mut fields).expect("they are whole"), kept.state);
}

#[test]
fn a_field_that_got_a_value_and_then_more_is_found_under_its_former_name() {
    let mut kept = Kept::new(full());
    for word in ["anew", "more"] {
        kept.take(Work::update().overwrite_text(word).list([1]));
        kept.step();
        kept.take(Work::update().text(" and on"));
        kept.step();
    }
    comes_back(&kept);
    assert_eq!(kept.state.text, "more and on");
    leaps(&kept, &later(kept.state.clone()));
}

/// A program that has found a former name stores the whole state next, so that no record is read with others that have
/// another name for the field.
#[test]
fn a_former_name_is_noted_also_where_the_value_is_a_later_one() {
    let mut kept = Kept::new(full());
    for overwrite in [false, true] {
        if overwrite {
            kept.take(Work::update().overwrite_text("anew"));
            kept.step();
        }
        let mut fields = read_changed_fields(&kept.whole, &kept.changes).expect("they are whole");
        Later::decode(&mut fields).expect("the types are of the same kind");
        assert!(fields.lacked(), "overwritten: {overwrite}");
        let mut fields = read_changed_fields(&kept.whole, &kept.changes).expect("they are whole");
        Work::decode(&mut fields).expect("they are whole");
        assert!(!fields.lacked(), "all names are those of the program");
    }
}
