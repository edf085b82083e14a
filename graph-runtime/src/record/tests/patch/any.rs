//! Writes and bytes that nobody thought of.

use super::{Message, Untagged, Work, WorkUpdate, encode, full, patch, stored};
use crate::record::field::FieldReader;
use crate::{GraphState, Update};
use proptest::prelude::*;

/// Any write to the state.
pub(super) fn write() -> impl Strategy<Value = WorkUpdate> {
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
