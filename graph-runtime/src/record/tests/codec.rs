//! Values of every serde shape come back, and bytes that claim too much end at once.

#![expect(clippy::zero_sized_map_values, reason = "maps without bytes are what hostile bytes claim")]

use super::super::budget::DEPTH;
use super::super::codec::{decode, encode};
use bincode::Options;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::{DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::Debug;

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes).expect("the value has bytes");
    bytes
}

fn refusal<T: DeserializeOwned>(bytes: &[u8]) -> String {
    decode::<T>(bytes).err().expect("the bytes have no value").0
}

/// Every shape that serde knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Marker(Marker),
    Numbers(Numbers),
    Text(char, String, Option<String>),
    Floats {
        narrow: f32,
        wide: f64,
    },
    Bytes(Vec<u8>, [u8; 3]),
    Nothing((), Option<()>, Vec<()>),
    Nested(Box<Shape>),
    Several(Vec<Shape>),
    Named(BTreeMap<String, Shape>),
    Keyed(BTreeMap<(bool, Option<i8>), (u8, Box<Shape>)>),
    #[expect(clippy::option_option, reason = "a shape that serde knows")]
    Twice(Option<Option<Box<Shape>>>),
    Either(Result<u16, Box<Shape>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbers {
    signed: (i8, i16, i32, i64, i128),
    unsigned: (u8, u16, u32, u64, u128),
    newtype: Newtype,
    #[serde(skip)]
    skipped: u8,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        Just(Shape::Marker(Marker)),
        (any::<(i8, i16, i32, i64, i128)>(), any::<(u8, u16, u32, u64, u128)>(), any::<u64>()).prop_map(
            |(signed, unsigned, number)| Shape::Numbers(Numbers {
                signed,
                unsigned,
                newtype: Newtype(number),
                skipped: 0,
            })
        ),
        any::<(char, String, Option<String>)>().prop_map(|(a, b, c)| Shape::Text(a, b, c)),
        any::<(f32, f64)>().prop_map(|(narrow, wide)| Shape::Floats { narrow, wide }),
        any::<(Vec<u8>, [u8; 3])>().prop_map(|(a, b)| Shape::Bytes(a, b)),
        (any::<Option<()>>(), 0..200usize).prop_map(|(a, n)| Shape::Nothing((), a, std::vec![(); n])),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            inner.clone().prop_map(|shape| Shape::Nested(Box::new(shape))),
            vec(inner.clone(), 0..6).prop_map(Shape::Several),
            btree_map(any::<String>(), inner.clone(), 0..4).prop_map(Shape::Named),
            btree_map(any::<(bool, Option<i8>)>(), (any::<u8>(), inner.clone().prop_map(Box::new)), 0..4)
                .prop_map(Shape::Keyed),
            prop::option::of(prop::option::of(inner.clone().prop_map(Box::new))).prop_map(Shape::Twice),
            prop::result::maybe_ok(any::<u16>(), inner.prop_map(Box::new)).prop_map(Shape::Either),
        ]
    })
}

proptest! {
    #[test]
    fn every_shape_comes_back(shape in shapes()) {
        let bytes = bytes(&shape);
        prop_assert_eq!(decode::<Shape>(&bytes).expect("the bytes are whole"), shape);
    }

    #[test]
    fn no_truncation_is_a_value_and_nothing_may_follow_one(shape in shapes(), extra in any::<u8>()) {
        let mut bytes = bytes(&shape);
        for length in 0..bytes.len() {
            prop_assert!(decode::<Shape>(&bytes[..length]).is_err());
        }
        bytes.push(extra);
        prop_assert!(decode::<Shape>(&bytes).is_err());
    }

    /// Bytes alone never panic, hang or exhaust the memory, whatever they claim to be.
    #[test]
    fn any_bytes_have_a_value_or_an_error(bytes in vec(prop_oneof![0..3u8, any::<u8>()], 0..200)) {
        let _ = decode::<Shape>(&bytes);
        let _ = decode::<Vec<Vec<()>>>(&bytes);
        let _ = decode::<HashMap<String, Vec<u128>>>(&bytes);
        let _ = decode::<Chain>(&bytes);
        let _ = decode::<BTreeMap<(), [(); 32]>>(&bytes);
    }

    #[test]
    fn damaged_bytes_have_a_value_or_an_error(shape in shapes(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = bytes(&shape);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = decode::<Shape>(&bytes);
    }
}

#[test]
fn the_bytes_are_those_of_the_codec() {
    let value = (7u32, "seven".to_owned(), vec![Some(1.5f64), None], Newtype(3), Marker, ());
    let codec = bincode::DefaultOptions::new();
    assert_eq!(bytes(&value), codec.serialize(&value).expect("it has bytes"));
}

/// The length of a sequence that no memory holds.
const HUGE: u64 = 1 << 40;

fn claiming(length: u64, tail: &[u8]) -> Vec<u8> {
    [&bytes(&length), tail].concat()
}

#[test]
fn lengths_beyond_the_bytes_end_at_once() {
    for tail in [&[][..], &[0], &[1; 64]] {
        for length in [HUGE, u64::MAX, u64::MAX - 1, 1 << 63, 1 << 20] {
            let bytes = claiming(length, tail);
            refusal::<String>(&bytes);
            refusal::<Vec<()>>(&bytes);
            refusal::<Vec<u8>>(&bytes);
            refusal::<Vec<[u64; 32]>>(&bytes);
            refusal::<VecDeque<String>>(&bytes);
            refusal::<LinkedList<()>>(&bytes);
            refusal::<HashMap<u64, u64>>(&bytes);
            refusal::<HashMap<(), ()>>(&bytes);
            refusal::<HashSet<String>>(&bytes);
            refusal::<BTreeMap<(), Vec<()>>>(&bytes);
            refusal::<Vec<Free>>(&bytes);
            refusal::<Vec<Marker>>(&bytes);
            refusal::<Counted>(&bytes);
        }
    }
}

/// A value that reads nothing, so that only its sequence can be bounded.
#[derive(Debug)]
struct Free;

impl<'de> Deserialize<'de> for Free {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Free, D::Error> {
        Ok(Free)
    }
}

/// Trusts the announced length, as careless types do.
#[derive(Debug)]
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Counted, D::Error> {
        struct Trusting;

        impl<'de> Visitor<'de> for Trusting {
            type Value = Counted;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Counted, A::Error> {
                let mut items = Vec::<u64>::with_capacity(elements.size_hint().unwrap_or(0));
                while let Some(item) = elements.next_element()? {
                    items.push(item);
                }
                Ok(Counted)
            }
        }

        source.deserialize_seq(Trusting)
    }
}

#[test]
fn a_few_units_are_stored_and_many_are_not() {
    let few = std::vec![(); 1000];
    assert_eq!(decode::<Vec<()>>(&bytes(&few)).expect("they come back").len(), 1000);
    for many in [2000, 1 << 40] {
        let refused = encode(&std::vec![(); many], &mut Vec::new()).expect_err("they cannot be read back");
        assert_eq!(refused.0, "it holds more elements than its bytes account for");
    }
    // Bytes beside the units account for them.
    let beside = (std::vec![(); 2000], std::vec![0u8; 200]);
    assert_eq!(decode::<(Vec<()>, Vec<u8>)>(&bytes(&beside)).expect("they come back"), beside);
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Chain {
    next: Option<Box<Chain>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Tower {
    Newtype(Box<Tower>),
    Tuple((), Box<Tower>),
    Struct { next: Box<Tower> },
    Sequence(Vec<Tower>),
    Map(BTreeMap<u8, Tower>),
    Wrapped(Box<(Option<Tower>,)>),
    Top,
}

#[test]
fn millions_of_levels_end_at_once() {
    assert!(refusal::<Chain>(&[1].repeat(3_000_000)).contains("nests deeper"));
    for variant in 0..6u8 {
        let level: &[u8] = match variant {
            4 => &[variant, 1, 0],
            3 | 5 => &[variant, 1],
            _ => &[variant],
        };
        assert!(refusal::<Tower>(&level.repeat(1_000_000)).contains("nests deeper"), "{variant}");
    }
}

/// What may be written may be read: at every depth both directions agree.
#[test]
fn depth_is_bounded_alike_in_both_directions() {
    fn check<T: Serialize + DeserializeOwned + Debug + PartialEq>(mut wrap: impl FnMut(T) -> T, top: T) {
        let mut value = top;
        let mut levels = 0;
        loop {
            let mut bytes = Vec::new();
            if let Err(refused) = encode(&value, &mut bytes) {
                assert!(refused.0.contains("nests deeper"), "{refused}");
                break;
            }
            assert_eq!(decode::<T>(&bytes).expect("it was written"), value);
            value = wrap(value);
            levels += 1;
        }
        assert!((DEPTH / 4..=DEPTH + 1).contains(&levels), "{levels}");
    }
    check(|next| Chain { next: Some(Box::new(next)) }, Chain::default());
    check(|next| Tower::Newtype(Box::new(next)), Tower::Top);
    check(|next| Tower::Tuple((), Box::new(next)), Tower::Top);
    check(|next| Tower::Struct { next: Box::new(next) }, Tower::Top);
    check(|next| Tower::Sequence(vec_of(next)), Tower::Top);
    check(|next| Tower::Map(BTreeMap::from([(1, next)])), Tower::Top);
    check(|next| Tower::Wrapped(Box::new((Some(next),))), Tower::Top);
}

fn vec_of<T>(item: T) -> Vec<T> {
    std::vec![item]
}

#[test]
fn what_is_no_value_is_refused() {
    assert!(refusal::<bool>(&[2]).contains("bool"));
    refusal::<char>(&[0xff]);
    refusal::<String>(&claiming(1, &[0xff]));
    refusal::<Option<u8>>(&[2, 0]);
    refusal::<Shape>(&[99]);
    refusal::<u16>(&bytes(&65_536));
    assert_eq!(refusal::<u64>(&[253; 7]), "the bytes end before the value does");
}
