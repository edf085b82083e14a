//! What was written is what is applied.

use super::{Cache, Untagged, Work, count, decode, encode, full, message, patch, stored};
use crate::GraphState;
use std::collections::BTreeMap;

#[test]
fn nothing_pending_is_no_field() {
    let bytes = encode::<Work>(&patch(Work::update().maybe_step(None).maybe_list(None::<[u32; 0]>))).expect("nothing");
    assert!(bytes.is_empty());
    assert_eq!(stored(&full(), ()), full());
}

#[test]
fn skipped_fields_are_left_out() {
    let update = || Work::update().cache(Cache(1)).caches([Cache(2)]);
    assert!(encode::<Work>(&patch(update())).expect("nothing").is_empty());
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
    assert_eq!(count(&encode::<Work>(&patch(full())).expect("it is storable")), stored_fields);
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

#[test]
fn the_bytes_of_writes_do_not_change() {
    #[derive(GraphState)]
    #[state(crate = crate)]
    struct Small {
        #[reduce(append)]
        list: Vec<u8>,
        #[reduce(merge)]
        #[state(json)]
        map: BTreeMap<u8, u8>,
        left: u8,
        step: u8,
    }
    let update = Small::update().list([7]).overwrite_list(vec![]).map([(1, 2)]).remove_map([3]).step(9);
    let update = update.overwrite_map(BTreeMap::from([(4, 5)]));
    let mut expected = Vec::new();
    let mut field = |name: &[u8], codec: u8, fingerprint: u64, value: &[u8]| {
        expected.push(u8::try_from(name.len()).expect("short"));
        expected.extend(name);
        expected.push(codec);
        expected.extend(fingerprint.to_le_bytes());
        expected.push(u8::try_from(value.len()).expect("short"));
        expected.extend(value);
    };
    // Two writes: what is appended, an item; what replaces the list, none.
    field(b"list", 0, 0xc2ec_19d5_e2fa_d04c, &[2, 0, 1, 7, 1, 0]);
    field(b"map", 1, 1, br#"[{"Reduce":[[1,2]]},{"Remove":[3]},{"Overwrite":{"4":5}}]"#);
    field(b"step", 0, 0xab78_11c5_5880_0ec6, &[9]);
    assert_eq!(encode::<Small>(&patch(update)).expect("it is storable"), expected);
}
