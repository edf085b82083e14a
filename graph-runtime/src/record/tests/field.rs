//! Fields that are stored come back; what would not come back is refused with its name and a remedy.

use super::super::checkpoint::{RecordError, decode, encode};
use super::state::{ID, PARENT, bytes, key, meta, state};
use crate::{FieldCodec, FieldError, GraphState};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sparse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<u8>,
    kept: u8,
}

state!(Map { map: HashMap<String, Vec<u32>> = put / take });
state!(Huge { units: Vec<()> = put / take });
state!(Choice { choice: Option<Untagged> = put / take });
state!(Gap { gap: Sparse = put / take });
state!(Deep { deep: Chain = put / take });

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Chain {
    next: Option<Box<Chain>>,
}

fn chain(length: usize) -> Chain {
    (0..length).fold(Chain::default(), |next, _| Chain { next: Some(Box::new(next)) })
}

fn comes_back<S: GraphState + PartialEq + Debug>(state: &S) {
    let read = decode::<S>(&key("g", "t"), ID, &bytes(state)).expect("it is whole");
    assert_eq!(&read.state, state);
}

/// The field, the reason, and the message with its remedy.
fn refusal<S: GraphState>(state: &S) -> (&'static str, String, String) {
    let error = encode(&meta(), PARENT, state, &mut Vec::new()).expect_err("it cannot be stored");
    let message = error.to_string();
    let FieldError::NotStorable { field, reason, .. } = error else { panic!("{message}") };
    (field, reason, message)
}

#[test]
fn hash_maps_come_back_in_any_order() {
    let map = (0..100).map(|number| (number.to_string(), vec![number; 3])).collect();
    comes_back(&Map { map });
}

#[test]
fn what_bincode_cannot_read_back_is_refused_with_a_remedy() {
    let (field, _, message) = refusal(&Choice { choice: None });
    assert_eq!(field, "choice");
    assert_eq!(
        message,
        "field `choice` cannot be stored: its type asks the bytes what they hold (`serde_json::Value`, `untagged`, \
         `tag`, `flatten`); mark it `#[state(json)]`, or change its type"
    );
    let full = Gap { gap: Sparse { left_out: Some(1), kept: 2 } };
    let (field, reason, _) = refusal(&full);
    assert_eq!((field, reason.contains("skip_serializing_if")), ("gap", true));
}

#[test]
fn values_that_cost_more_to_read_than_their_bytes_account_for_are_refused() {
    comes_back(&Huge { units: vec![(); 1000] });
    assert_eq!(refusal(&Huge { units: vec![(); 5000] }).1, "it holds more elements than its bytes account for");
    comes_back(&Deep { deep: chain(60) });
    assert_eq!(refusal(&Deep { deep: chain(100) }).1, "it nests deeper than 127 levels");
}

#[test]
fn a_type_that_changes_its_mind_is_found_by_the_proof() {
    /// Writes what it never reads.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Fickle;

    impl Serialize for Fickle {
        fn serialize<S: serde::Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
            sink.serialize_u16(7)
        }
    }

    impl<'de> Deserialize<'de> for Fickle {
        fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Fickle, D::Error> {
            u8::deserialize(source).map(|_| Fickle)
        }
    }

    state!(Mind { fickle: Fickle = put / take });
    let (field, reason, _) = refusal(&Mind::default());
    assert_eq!(field, "fickle");
    assert!(reason.starts_with("it does not read back"), "{reason}");
}

#[cfg(feature = "json")]
mod json {
    use super::*;

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
        let reason = "field `float` is stored as JSON and read as bincode; put `#[state(json)]` back as it was";
        assert_eq!(read, RecordError::Incompatible(reason.to_owned()));
        assert_eq!(FieldCodec::Unknown(9).to_string(), "codec 9");
    }

    #[test]
    fn a_value_is_refused_at_first_whatever_it_holds() {
        assert_eq!(refusal(&Asks { value: serde_json::Value::Null }).0, "value");
    }
}
