//! The pending writes of a task come back as they were, and nothing else does.

use super::super::field::{FieldReader, FieldWriter, reordered};
use super::field::Untagged;
use crate::{FieldCodec, FieldError, GraphState, Update};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Message {
    id: String,
    text: String,
}

fn message(id: &str, text: &str) -> Message {
    Message { id: id.to_owned(), text: text.to_owned() }
}

/// A handle that no codec knows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cache(u8);

/// Aliases hide the items from the macro, which then asks the reducer's trait.
type Steps = Vec<u32>;
type Index = BTreeMap<u32, String>;

#[expect(clippy::ptr_arg, reason = "a reducer takes the field's type")]
fn keep_longer(title: &mut String, other: String) {
    if other.len() > title.len() {
        *title = other;
    }
}

#[derive(Clone, Debug, GraphState, PartialEq)]
#[state(crate = crate)]
struct Work {
    step: u32,
    hint: Option<u8>,
    #[state(json)]
    answer: Option<u8>,
    #[state(ephemeral)]
    brief: Option<String>,
    #[state(secret)]
    token: String,
    #[reduce(append)]
    list: Vec<u32>,
    #[reduce(append)]
    queue: VecDeque<Option<u32>>,
    #[reduce(append)]
    text: String,
    #[reduce(append)]
    steps: Steps,
    #[reduce(merge)]
    tree: BTreeMap<String, u32>,
    #[reduce(merge)]
    table: HashMap<u8, u32>,
    #[reduce(merge)]
    ordered: BTreeSet<u8>,
    #[reduce(merge)]
    unordered: HashSet<u8>,
    #[reduce(merge)]
    index: Index,
    #[reduce(add)]
    sum: u64,
    #[reduce(max)]
    highest: f64,
    #[reduce(min)]
    lowest: i8,
    #[reduce(and)]
    all: bool,
    #[reduce(or)]
    flags: u8,
    #[reduce(with = keep_longer)]
    title: String,
    #[reduce(upsert(by = id, key = String))]
    messages: Vec<Message>,
    #[reduce(upsert(by = id))]
    keyless: Vec<Message>,
    #[reduce(append)]
    #[state(json)]
    choices: Vec<Untagged>,
    #[reduce(merge)]
    #[state(json)]
    named: BTreeMap<u8, Untagged>,
    #[state(skip)]
    cache: Cache,
    #[state(skip)]
    #[reduce(append)]
    caches: Vec<Cache>,
}

fn patch<S: GraphState>(update: impl Update<S>) -> S::Patch {
    let mut patch = S::Patch::default();
    update.write(&mut patch);
    patch
}

fn encode<S: GraphState>(patch: &S::Patch) -> Result<Vec<u8>, FieldError> {
    let mut bytes = Vec::new();
    let mut fields = FieldWriter::new(&mut bytes);
    S::encode_patch(patch, &mut fields)?;
    fields.finish();
    Ok(bytes)
}

fn decode<S: GraphState>(bytes: &[u8]) -> Result<S::Patch, FieldError> {
    S::decode_patch(&mut FieldReader::new(bytes).expect("the fields are whole"))
}

/// The update on a state, by way of bytes; what is read has the same bytes again, so nothing that waits is lost.
fn stored<S: GraphState + Clone + Debug + PartialEq>(state: &S, update: impl Update<S>) -> S {
    let mut original = patch(update);
    let bytes = encode::<S>(&original).expect("the writes are storable");
    let mut read = decode::<S>(&bytes).expect("the writes are whole");
    assert!(reordered(&bytes, &encode::<S>(&read).expect("the writes are storable")));
    let (mut expected, mut found) = (state.clone(), state.clone());
    expected.apply(&mut original);
    found.apply(&mut read);
    assert_eq!(found, expected);
    found
}

/// How many fields the bytes hold.
fn count(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn full() -> Work {
    let update = Work::update()
        .hint(Some(1))
        .answer(Some(1))
        .list([1])
        .text("a")
        .tree([("a".to_owned(), 1), ("b".to_owned(), 2)])
        .named([(1, Untagged::Number(1))])
        .messages([message("1", "one"), message("2", "two")]);
    let mut work = Work::initial();
    work.apply(&mut patch(update));
    work
}

#[test]
fn nothing_pending_is_no_field() {
    let bytes = encode::<Work>(&patch(Work::update().maybe_step(None).maybe_list(None::<[u32; 0]>))).expect("nothing");
    assert_eq!(bytes, [0, 0]);
    assert_eq!(stored(&full(), ()), full());
}

#[test]
fn skipped_fields_are_left_out() {
    let update = || Work::update().cache(Cache(1)).caches([Cache(2)]);
    assert_eq!(encode::<Work>(&patch(update())).expect("nothing"), [0, 0]);
    let bytes = encode::<Work>(&patch(update().step(3).token("t").brief(Some("b".to_owned())))).expect("three");
    assert_eq!(count(&bytes), 3);
    let mut work = Work::initial();
    work.apply(&mut decode::<Work>(&bytes).expect("it is whole"));
    assert_eq!((work.step, work.token.as_str(), work.brief.as_deref()), (3, "t", Some("b")));
    assert_eq!((work.cache, work.caches), (Cache(0), vec![]));
}

#[test]
fn a_pending_none_is_a_write() {
    let work = stored(&full(), Work::update().hint(None).answer(None));
    assert_eq!((work.hint, work.answer), (None, None));
    let work = stored(&full(), Work::update().step(1));
    assert_eq!((work.hint, work.answer), (Some(1), Some(1)));
}

#[test]
fn a_reducer_folds_what_came_back_as_what_was_written() {
    let text = |text: &str| Untagged::Text(text.to_owned());
    let update = Work::update()
        .list([2, 3])
        .queue([None, Some(1)])
        .text("b")
        .steps([7])
        .tree([("a".to_owned(), 3)])
        .table([(1, 1)])
        .ordered([1, 2])
        .unordered([1, 2])
        .index([(7, "seven".to_owned())])
        .sum(3)
        .highest(f64::INFINITY)
        .lowest(-1)
        .all(true)
        .flags(4)
        .title("Longer")
        .messages([message("2", "zwei"), message("3", "drei")])
        .keyless([message("1", "one")])
        .choices([text("t"), Untagged::Number(1)])
        .named([(1, text("one")), (2, Untagged::Number(2))]);
    let work = stored(&full(), update);
    assert_eq!((work.list, work.text.as_str(), work.title.as_str()), (vec![1, 2, 3], "ab", "Longer"));
    assert_eq!((work.tree["a"], work.table[&1], work.sum, work.lowest), (3, 1, 3, -1));
    assert_eq!(work.messages, [message("1", "one"), message("2", "zwei"), message("3", "drei")]);
    assert_eq!(work.named[&1], text("one"));
}

#[test]
fn writes_keep_their_order_and_their_kind() {
    let update = Work::update()
        .list([2])
        .overwrite_list(vec![9])
        .list([3])
        .list([])
        .remove_tree(["a"])
        .tree([("a".to_owned(), 5)])
        .remove_tree(["b", "a", "unknown"])
        .remove_messages(["1"])
        .overwrite_named(BTreeMap::from([(3, Untagged::Number(3))]))
        .remove_named([3, 4])
        .step(1)
        .step(2);
    let work = stored(&full(), update);
    assert_eq!((work.list, work.step), (vec![9, 3], 2));
    assert!(work.tree.is_empty() && work.named.is_empty());
    assert_eq!(work.messages, [message("2", "two")]);
}

#[test]
fn a_whole_state_comes_back_as_writes() {
    let other = full();
    let mut work = stored(&Work::initial(), other.clone());
    work.cache = other.cache.clone();
    assert_eq!(work, other);
    let stored_fields = Work::FIELDS.iter().filter(|field| field.stored).count();
    assert_eq!(usize::from(count(&encode::<Work>(&patch(full())).expect("it is storable"))), stored_fields);
}

#[test]
fn fields_are_found_by_name() {
    /// Fewer fields in another order, and one more.
    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    struct Later {
        sum: u64,
        #[reduce(append)]
        list: Vec<u32>,
        step: u32,
    }
    let bytes = encode::<Work>(&patch(Work::update().step(3).token("gone").list([1]).text("gone"))).expect("four");
    let mut later = Later { sum: 1, list: vec![], step: 0 };
    later.apply(&mut decode::<Later>(&bytes).expect("it is compatible"));
    assert_eq!((later.sum, later.list, later.step), (1, vec![1], 3));
}

mod changed {
    //! `Work` after a change of types, codecs and reducers.

    use super::{BTreeMap, GraphState, Untagged};

    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    pub(super) struct Value {
        pub(super) step: u64,
    }

    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    pub(super) struct Items {
        #[reduce(append)]
        pub(super) list: Vec<u64>,
    }

    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    pub(super) struct Plain {
        pub(super) list: Vec<u32>,
    }

    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    pub(super) struct Json {
        #[reduce(append)]
        #[state(json)]
        pub(super) list: Vec<u32>,
    }

    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    pub(super) struct Free {
        /// Takes any JSON, even writes.
        #[state(json)]
        pub(super) choices: serde_json::Value,
    }

    #[derive(Debug, GraphState)]
    #[state(crate = crate)]
    pub(super) struct Keys {
        #[reduce(upsert(by = id, key = u8))]
        pub(super) list: Vec<Keyed>,
        #[state(json)]
        pub(super) named: BTreeMap<u8, Untagged>,
    }

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    pub(super) struct Keyed {
        pub(super) id: u8,
    }
}

#[test]
fn another_type_is_refused_by_name() {
    let update = Work::update().step(1).list([1]).choices([Untagged::Number(1)]).remove_named([1]);
    let bytes = encode::<Work>(&patch(update)).expect("it is storable");
    let error = |result: Result<(), FieldError>| result.expect_err("another type");
    let changed = |error: FieldError| match error {
        FieldError::Changed { field, stored, current } if stored != current => field,
        other => panic!("{other}"),
    };
    assert_eq!(changed(error(decode::<changed::Value>(&bytes).map(drop))), "step");
    assert_eq!(changed(error(decode::<changed::Items>(&bytes).map(drop))), "list");
    assert_eq!(changed(error(decode::<changed::Plain>(&bytes).map(drop))), "list");
    assert_eq!(changed(error(decode::<changed::Free>(&bytes).map(drop))), "choices");
    assert_eq!(changed(error(decode::<changed::Keys>(&bytes).map(drop))), "list");
    assert_eq!(
        error(decode::<changed::Json>(&bytes).map(drop)),
        FieldError::OtherCodec { field: "list", stored: FieldCodec::Bincode, current: FieldCodec::Json }
    );
}

#[test]
fn what_does_not_read_back_is_refused_by_name() {
    #[derive(Clone, Debug, Default, GraphState)]
    #[state(crate = crate)]
    struct Loose {
        #[reduce(append)]
        choices: Vec<Untagged>,
        #[state(json)]
        #[reduce(add)]
        sum: f64,
        plain: Option<Untagged>,
    }
    let refused = |update: LooseUpdate| match encode::<Loose>(&patch(update)).expect_err("it does not come back") {
        FieldError::NotStorable { field, .. } => field,
        other => panic!("{other}"),
    };
    assert_eq!(refused(Loose::update().choices([]).erase()), "choices");
    assert_eq!(refused(Loose::update().sum(1.0).overwrite_sum(f64::NAN).erase()), "sum");
    assert_eq!(refused(Loose::update().plain(None).erase()), "plain");
    assert!(encode::<Loose>(&patch(Loose::update().sum(1.0))).is_ok());
}

/// Panics when it is written, or when it is read.
#[derive(Clone, Debug, Default, PartialEq)]
struct Loud(bool);

impl Serialize for Loud {
    fn serialize<S: serde::Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        assert!(!self.0, "loud");
        sink.serialize_bool(self.0)
    }
}

impl<'de> Deserialize<'de> for Loud {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Loud, D::Error> {
        let loud = bool::deserialize(source)?;
        assert!(!loud, "loud");
        Ok(Loud(loud))
    }
}

#[test]
fn panics_of_user_code_are_errors() {
    #[derive(Clone, Debug, Default, GraphState, PartialEq)]
    #[state(crate = crate)]
    struct Party {
        #[reduce(append)]
        guests: Vec<Loud>,
    }
    let panicked = FieldError::Panicked { field: "guests", message: "loud".to_owned() };
    assert_eq!(encode::<Party>(&patch(Party::update().guests([Loud(true)]))), Err(panicked.clone()));
    let mut bytes = encode::<Party>(&patch(Party::update().guests([Loud(false)]))).expect("it is quiet");
    *bytes.last_mut().expect("the guest") = 1;
    assert_eq!(decode::<Party>(&bytes).map(drop), Err(panicked));
}

#[test]
fn damaged_writes_are_errors() {
    let update = Work::update().list([1, 2]).remove_messages(["1"]).choices([Untagged::Number(1)]);
    let bytes = encode::<Work>(&patch(update)).expect("it is storable");
    for length in 0..bytes.len() {
        assert!(FieldReader::new(&bytes[..length]).is_none(), "{length}");
    }
    // The first field: 2 bytes count, 2 length, 4 name, 1 codec, 8 fingerprint, 4 length, then 8 number of writes,
    // 4 kind of the first.
    for (place, byte) in [(21, 2), (21, 0), (28, 1), (29, 3), (29, 2), (33, 9), (40, 0xff)] {
        let mut damaged = bytes.clone();
        damaged[place] = byte;
        let error = decode::<Work>(&damaged).map(drop).expect_err("it is damaged");
        assert!(matches!(error, FieldError::Unreadable { field: "list", .. }), "{place}: {error}");
    }
}

/// Any write to the state.
fn write() -> impl Strategy<Value = WorkUpdate> {
    let text = || "[a-c]{0,3}";
    let begin = Work::update;
    let untagged = || prop_oneof![any::<u8>().prop_map(Untagged::Number), text().prop_map(Untagged::Text)];
    let messages = || prop::collection::vec((text(), text()).prop_map(|(id, text)| Message { id, text }), 0..4);
    let numbers = || prop::collection::vec(0..5_u32, 0..4);
    let bytes = || prop::collection::vec(0..5_u8, 0..4);
    let tree = || prop::collection::vec((text(), 0..5_u32), 0..4);
    let named = move || prop::collection::vec((0..5_u8, untagged()), 0..4);
    let plain = prop_oneof![
        any::<u32>().prop_map(move |value| begin().step(value).erase()),
        any::<Option<u8>>().prop_map(move |value| begin().hint(value).erase()),
        any::<Option<u8>>().prop_map(move |value| begin().answer(value).erase()),
        prop::option::of(text()).prop_map(move |value| begin().brief(value).erase()),
        text().prop_map(move |value| begin().token(value).erase()),
    ];
    let lists = prop_oneof![
        numbers().prop_map(move |value| begin().list(value).erase()),
        numbers().prop_map(move |value| begin().overwrite_list(value).erase()),
        numbers().prop_map(move |value| begin().queue(value.into_iter().map(Some)).erase()),
        text().prop_map(move |value| begin().text(value).erase()),
        numbers().prop_map(move |value| begin().steps(value).erase()),
        prop::collection::vec(untagged(), 0..4).prop_map(move |value| begin().choices(value).erase()),
        prop::collection::vec(untagged(), 0..4).prop_map(move |value| begin().overwrite_choices(value).erase()),
    ];
    let maps = prop_oneof![
        tree().prop_map(move |value| begin().tree(value).erase()),
        tree().prop_map(move |value| begin().overwrite_tree(value.into_iter().collect()).erase()),
        prop::collection::vec(text(), 0..4).prop_map(move |value| begin().remove_tree(value).erase()),
        bytes().prop_map(move |value| begin().table(value.into_iter().map(|key| (key, 1))).erase()),
        bytes().prop_map(move |value| begin().remove_table(value).erase()),
        bytes().prop_map(move |value| begin().ordered(value).erase()),
        bytes().prop_map(move |value| begin().remove_ordered(value).erase()),
        bytes().prop_map(move |value| begin().unordered(value).erase()),
        bytes().prop_map(move |value| begin().remove_unordered(value).erase()),
        named().prop_map(move |value| begin().named(value).erase()),
        bytes().prop_map(move |value| begin().remove_named(value).erase()),
    ];
    let others = prop_oneof![
        (0..9_u64).prop_map(move |value| begin().sum(value).erase()),
        any::<f64>().prop_map(move |value| begin().highest(value).erase()),
        any::<i8>().prop_map(move |value| begin().overwrite_lowest(value).erase()),
        any::<bool>().prop_map(move |value| begin().all(value).erase()),
        any::<u8>().prop_map(move |value| begin().flags(value).erase()),
        text().prop_map(move |value| begin().title(value).erase()),
        messages().prop_map(move |value| begin().messages(value).erase()),
        prop::collection::vec(text(), 0..4).prop_map(move |value| begin().remove_messages(value).erase()),
        messages().prop_map(move |value| begin().overwrite_keyless(value).erase()),
    ];
    prop_oneof![plain, lists, maps, others]
}

proptest! {
    #[test]
    fn any_writes_come_back(writes in prop::collection::vec(write(), 0..20)) {
        let mut all = <Work as GraphState>::Patch::default();
        for update in writes {
            update.write(&mut all);
        }
        stored(&full(), all);
    }

    #[test]
    fn any_bytes_are_writes_or_an_error(
        place in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(prop_oneof![0..3u8, any::<u8>()], 1..20),
    ) {
        let mut damaged = encode::<Work>(&patch(full())).expect("it is storable");
        let start = place.index(damaged.len());
        for (place, byte) in damaged.iter_mut().skip(start).zip(bytes) {
            *place = byte;
        }
        if let Some(mut fields) = FieldReader::new(&damaged) {
            let _ = Work::decode_patch(&mut fields);
        }
    }
}
