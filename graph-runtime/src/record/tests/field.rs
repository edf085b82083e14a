//! Fields that are stored come back; what would not come back is refused with its name and a remedy.

use super::super::checkpoint::{Content, encode};
use super::state::{ID, PARENT, bytes, decode, key, meta, state};
use crate::{FieldError, GraphState};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
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
    pub(super) left_out: Option<u8>,
    pub(super) kept: u8,
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

pub(super) fn comes_back<S: GraphState + PartialEq + Debug>(state: &S) {
    let read = decode::<S>(&key("g", "t"), ID, &bytes(state)).expect("it is whole");
    assert_eq!(&read.state, state);
}

/// The field, the reason, and the message with its remedy.
pub(super) fn refusal<S: GraphState>(state: &S) -> (&'static str, String, String) {
    let error = encode(&meta(), PARENT, &Content::Whole(state), &mut Vec::new()).expect_err("it cannot be stored");
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
