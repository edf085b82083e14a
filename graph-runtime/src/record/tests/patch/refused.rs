//! What would not come back, and what is no write to the field.

use super::{Untagged, Work, decode, encode, patch};
use crate::record::field::FieldReader;
use crate::{FieldCodec, FieldError, GraphState};
use serde::{Deserialize, Serialize};

mod changed {
    //! `Work` after a change of types, codecs and reducers.

    use super::GraphState;

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
    }

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    pub(super) struct Keyed {
        pub(super) id: u8,
    }
}

#[test]
fn another_type_is_refused_by_name() {
    let update = Work::update().step(1).list([1]).choices([Untagged::Number(1)]);
    let bytes = encode::<Work>(&patch(update)).expect("it is storable");
    let error = |result: Result<(), FieldError>| result.expect_err("another type");
    let changed = |error: FieldError| match error {
        FieldError::Changed { field, stored, current } if stored != current => field,
        other => panic!("{other}"),
    };
    let rewritten = |error: FieldError| match error {
        FieldError::Rewritten { field } => field,
        other => panic!("{other}"),
    };
    assert_eq!(changed(error(decode::<changed::Value>(&bytes).map(drop))), "step");
    assert_eq!(rewritten(error(decode::<changed::Items>(&bytes).map(drop))), "list");
    assert_eq!(changed(error(decode::<changed::Plain>(&bytes).map(drop))), "list");
    assert_eq!(changed(error(decode::<changed::Free>(&bytes).map(drop))), "choices");
    assert_eq!(rewritten(error(decode::<changed::Keys>(&bytes).map(drop))), "list");
    let looks_alike = changed::Free::update().choices(serde_json::json!([{ "Reduce": [1] }]));
    let value = encode::<changed::Free>(&patch(looks_alike)).expect("it is storable");
    assert_eq!(rewritten(error(decode::<Work>(&value).map(drop))), "choices");
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
    let whole = (0..bytes.len()).filter(|length| FieldReader::new(&bytes[..*length]).is_some());
    assert_eq!(whole.count(), 3, "what ends within a field is not whole");
    // The first field: 1 byte length, 4 name, 1 codec, 8 fingerprint, 1 length, then 1 number of writes, 1 kind of the
    // first, 1 number of its items.
    for (place, byte) in [(15, 2), (15, 0), (15, 0xfd), (16, 3), (16, 2), (17, 9), (17, 0xff)] {
        let mut damaged = bytes.clone();
        damaged[place] = byte;
        let error = decode::<Work>(&damaged).map(drop).expect_err("it is damaged");
        assert!(matches!(error, FieldError::Unreadable { field: "list", .. }), "{place}: {error}");
    }
}
