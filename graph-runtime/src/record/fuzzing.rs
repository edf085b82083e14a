//! Properties of records and values, for any bytes.

use super::checkpoint::{self, OwnedMeta};
use super::codec::{self, CodecError};
use super::entry;
use super::frame::{self, Kind};
use super::number::split_framed;
use crate::{CheckpointId, RecordHash, ThreadId, ThreadKey};
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What is opened once opens again after it was written anew, and says the same.
pub(crate) fn frame(bytes: &[u8]) {
    whole(bytes);
    whole(&frame::sealed(bytes));
}

fn whole(bytes: &[u8]) {
    let kinds = [Kind::CHECKPOINTS, &[Kind::Entry]].concat();
    let Ok(frame) = frame::open(&kinds, bytes) else { return };
    let Some(label) = split_framed(&mut { frame.body }) else { return };
    if frame.kind == Kind::Entry {
        if let Ok(Place { graph, thread, checkpoint, name }) = codec::decode(label) {
            entry(&graph, thread, (CheckpointId(checkpoint), frame.parent), &name, bytes);
        }
    } else if let Ok(Named { graph, thread, meta }) = codec::decode(label) {
        record(&graph, thread, CheckpointId(meta.checkpoint), bytes);
    }
}

/// The meta of a checkpoint.
#[derive(Deserialize)]
struct Named {
    graph: String,
    thread: String,
    meta: OwnedMeta,
}

/// The label of an entry.
#[derive(Deserialize)]
struct Place {
    graph: String,
    thread: String,
    checkpoint: u64,
    name: String,
}

fn key(graph: &str, thread: String) -> Option<ThreadKey> {
    Some(ThreadKey { graph: graph.into(), thread: ThreadId::new(thread).ok()? })
}

fn entry(graph: &str, thread: String, place: (CheckpointId, RecordHash), name: &str, bytes: &[u8]) {
    let Some(key) = key(graph, thread) else { return };
    let value = entry::verify(&key, place, name, bytes).expect("it lies where it says");
    let again = entry::seal_again(&key, place, name, value).expect("it was an entry");
    assert_eq!(entry::verify(&key, place, name, &again), Ok(value));
    let elsewhere = (CheckpointId(place.0.0 ^ 1), place.1);
    assert!(entry::verify(&key, elsewhere, name, bytes).is_err(), "it lies nowhere else");
}

fn record(graph: &str, thread: String, id: CheckpointId, bytes: &[u8]) {
    let Some(key) = key(graph, thread) else { return };
    let opened = checkpoint::open(&key, id, bytes).expect("it is the record that it says");
    assert!(checkpoint::open(&key, CheckpointId(id.0 ^ 1), bytes).is_err(), "it is no other");
    let (meta, hash, before, whole) = (opened.meta.clone(), opened.hash, opened.before, opened.is_whole());
    assert_eq!(hash.0, bytes[bytes.len() - 16..]);
    let mut again = Vec::new();
    let base = opened.leaps_from();
    if checkpoint::seal_again(opened, &key, before, base, &mut again).is_ok() {
        let again = checkpoint::open(&key, id, &again).expect("it was written anew");
        assert_eq!((&again.meta, again.before, again.is_whole(), again.leaps_from()), (&meta, before, whole, base));
    }
}

/// A value that was read is written, and then read and written as the same, unless it is more than may be written.
fn round<T>(
    encode: fn(&T, &mut Vec<u8>) -> Result<(), CodecError>,
    decode: fn(&[u8]) -> Result<T, CodecError>,
    value: &T,
) {
    let mut bytes = Vec::new();
    if encode(value, &mut bytes).is_err() {
        return;
    }
    let again = decode(&bytes).expect("what was written can be read");
    let mut same = Vec::new();
    encode(&again, &mut same).expect("what was written once can be written twice");
    assert_eq!(bytes, same, "what was read is what was written");
}

/// Values that are read are values: they are written, and read again as the same.
pub(crate) fn codec(bytes: &[u8]) {
    let Some((shape, bytes)) = bytes.split_first() else { return };
    match shape % 12 {
        0 => value::<(bool, u8, i16, u32, i64, u128, char)>(bytes),
        1 => value::<(f32, f64, Option<f64>)>(bytes),
        2 => value::<Vec<String>>(bytes),
        3 => value::<Vec<Option<Vec<u8>>>>(bytes),
        4 => value::<Tree>(bytes),
        5 => value::<Vec<Shape>>(bytes),
        6 => value::<BTreeMap<String, Vec<Shape>>>(bytes),
        7 => value::<BTreeSet<(u8, Option<bool>)>>(bytes),
        8 => value::<super::position::PositionRecord>(bytes),
        9 => value::<Vec<super::position::KeptRecord>>(bytes),
        10 => value::<super::carried::CarriedRecord>(bytes),
        _ => value::<Vec<Counted>>(bytes),
    }
    // Reading is bounded by the bytes, not by the numbers that they hold.
    COUNTED.set(0);
    let units = codec::decode::<Vec<Counted>>(bytes).is_ok();
    let most = 4 * (1024 + 16 * bytes.len() as u64);
    assert!(COUNTED.get() <= most, "{} units of {} bytes, {units}", COUNTED.get(), bytes.len());
}

fn value<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    if let Ok(value) = codec::decode::<T>(bytes) {
        round(codec::encode, |bytes| codec::decode(bytes), &value);
    }
    #[cfg(feature = "json")]
    if let Ok(value) = super::json::decode::<T>(bytes) {
        round(super::json::encode, super::json::decode, &value);
    }
    #[cfg(feature = "json")]
    if let Ok(value) = super::json::decode::<serde_json::Value>(bytes) {
        round(super::json::encode, super::json::decode, &value);
    }
}

#[derive(Serialize, Deserialize)]
struct Tree(u8, Vec<Tree>);

#[derive(Serialize, Deserialize)]
enum Shape {
    Unit,
    New(Box<Shape>),
    Tuple(u16, Option<String>),
    Struct { a: (), b: [u8; 3], c: Vec<()> },
}

thread_local! {
    static COUNTED: Cell<u64> = const { Cell::new(0) };
}

/// Takes no bytes, and counts how often it is read.
#[derive(Serialize)]
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Counted, D::Error> {
        struct Unit;

        impl Visitor<'_> for Unit {
            type Value = Counted;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("nothing")
            }

            fn visit_unit<E>(self) -> Result<Counted, E> {
                COUNTED.set(COUNTED.get() + 1);
                Ok(Counted)
            }
        }

        deserializer.deserialize_unit_struct("Counted", Unit)
    }
}
