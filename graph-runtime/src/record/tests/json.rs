//! Fields that are stored as JSON, and what JSON cannot tell apart.

use super::super::checkpoint::RecordError;
use super::field::{Sparse, Untagged, comes_back, refusal};
use super::state::{ID, bytes, decode, key, state};
use crate::FieldCodec;
use std::collections::BTreeMap;

state!(Free {
    value: serde_json::Value = put_json / take_json,
    choice: Option<Untagged> = put_json / take_json,
    gap: Sparse = put_json / take_json,
    float: f64 = put_json / take_json,
    twice: Option<Option<u8>> = put_json / take_json,
    unit: Option<()> = put_json / take_json,
    keyed: BTreeMap<u32, String> = put_json / take_json,
});
state!(Plain { float: f64 = put / take });
state!(Asks { value: serde_json::Value = put / take });

#[test]
fn json_fields_come_back() {
    comes_back(&Free::default());
    comes_back(&Free {
        value: serde_json::json!({"a": [1, 2.5, null, "x"], "b": {"c": -1}, "big": u64::MAX}),
        choice: Some(Untagged::Text("t".to_owned())),
        gap: Sparse { left_out: None, kept: 1 },
        float: 0.1 + 0.2,
        twice: Some(Some(3)),
        unit: None,
        keyed: BTreeMap::from([(7, "seven".to_owned())]),
    });
}

proptest::proptest! {
    #[test]
    fn every_finite_float_comes_back(float in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
        comes_back(&Free { float, ..Free::default() });
    }
}

#[test]
fn what_json_cannot_read_back_is_refused() {
    let free = Free::default;
    for (state, field) in [
        (Free { float: f64::NAN, ..free() }, "float"),
        (Free { float: f64::INFINITY, ..free() }, "float"),
        (Free { twice: Some(None), ..free() }, "twice"),
        (Free { unit: Some(()), ..free() }, "unit"),
    ] {
        let (found, _, message) = refusal(&state);
        assert_eq!(found, field);
        assert!(message.ends_with("; change its type, or mark it `#[state(skip)]`"), "{message}");
    }
}

#[test]
fn deep_values_are_refused_before_the_stack_ends() {
    let deep = |levels| (0..levels).fold(serde_json::Value::Null, |value, _| serde_json::Value::Array(vec![value]));
    comes_back(&Free { value: deep(126), ..Free::default() });
    comes_back(&Free { value: deep(127), ..Free::default() });
    assert_eq!(refusal(&Free { value: deep(128), ..Free::default() }).0, "value");
}

#[test]
fn another_codec_is_refused_by_name() {
    let read = decode::<Plain>(&key("g", "t"), ID, &bytes(&Free::default())).expect_err("another codec");
    let reason = "field `float` is stored as JSON and read as bincode; put `#[state(json)]` back as it was, or write \
         `#[state(migrate(from = Type, with = path))]` on it";
    assert_eq!(read, RecordError::Incompatible(reason.to_owned()));
    assert_eq!(FieldCodec::Unknown(9).to_string(), "codec 9");
}

#[test]
fn a_value_is_refused_at_first_whatever_it_holds() {
    assert_eq!(refusal(&Asks { value: serde_json::Value::Null }).0, "value");
}
