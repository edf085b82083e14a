use super::fingerprint;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroI64, NonZeroU8};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

fn of<T: Serialize + DeserializeOwned>() -> u64 {
    fingerprint::<T>().expect("the type is storable")
}

fn refused<T: Serialize + DeserializeOwned>() -> String {
    fingerprint::<T>().expect_err("the type is not storable")
}

/// Declares types that serde derives, each in a module of its own, so that they may share names.
macro_rules! shapes {
    ($($module:ident { $($item:item)* })*) => {
        $(
            #[allow(dead_code, unreachable_pub, unused_imports, reason = "the types stand for those of a user")]
            mod $module {
                use super::*;
                $(
                    #[derive(Serialize, Deserialize)]
                    $item
                )*
            }
        )*
    };
}

shapes! {
    base { pub struct S { a: u32, b: String } pub enum E { A, B(u8), C { x: u8, y: u8 } } }
    reordered { pub struct S { b: String, a: u32 } pub enum E { B(u8), A, C { x: u8, y: u8 } } }
    renamed { pub struct S { c: u32, b: String } pub enum E { A, Z(u8), C { x: u8, y: u8 } } }
    inserted { pub struct S { a: u32, n: u8, b: String } pub enum E { A, N, B(u8), C { x: u8, y: u8 } } }
    retyped { pub struct S { a: i32, b: String } pub enum E { A, B(i8), C { x: u8, y: u8 } } }
    optional { pub struct S { a: Option<u32>, b: String } pub enum E { A, B(Option<u8>), C { x: u8, y: u8 } } }
    swapped { pub struct S { a: (u32,), b: String } pub enum E { A, B(u8), C { y: u8, x: u8 } } }
    wrapped {
        pub struct Id(u32);
        pub struct Other { a: Id, b: Box<str> }
        pub enum Named { A, B(Box<u8>), C { x: u8, y: u8 } }
    }
    trees {
        pub enum Tree { Node(Box<Tree>, Box<Tree>), Leaf(u8) }
        pub enum Wide { Node(Box<Wide>, Box<Wide>), Leaf(u16) }
        pub struct List { next: Option<Box<List>>, value: u8 }
        pub struct Forest { trees: Vec<Forest>, by_name: BTreeMap<String, Forest> }
        pub enum Even { Zero, Next(Box<Odd>) }
        pub enum Odd { Next(Box<Even>) }
        pub enum Hard { Only(Box<Bridge>) }
        pub enum Bridge { Back(Box<Hard>), End }
        pub struct Deep { x: Option<Vec<Option<BTreeMap<u8, Chooser>>>>, tail: u8 }
        pub enum Chooser { A(Option<Box<Deep>>), B(Vec<Chooser>), C, D { last: Option<Last> } }
        pub enum Last { One, Two(u64) }
    }
    untagged { #[serde(untagged)] pub enum E { A(u8), B(String) } pub struct In { a: Option<Vec<E>> } }
    internal { #[serde(tag = "t")] pub enum E { A { x: u8 }, B } pub enum In { First, Second(u8), Third(Vec<E>) } }
    adjacent { #[serde(tag = "t", content = "c")] pub enum E { A(u8), B { x: u8 } } }
    flat {
        pub struct Inner { x: u8 }
        pub struct S { a: u8, #[serde(flatten)] rest: Inner }
        pub struct M { a: u8, #[serde(flatten)] rest: BTreeMap<String, u8> }
    }
    skipping {
        pub struct IfNone { #[serde(default, skip_serializing_if = "Option::is_none")] a: Option<u8>, b: u8 }
        pub struct IfEmpty { #[serde(default, skip_serializing_if = "Vec::is_empty")] a: Vec<u8>, b: u8 }
        pub enum Inside { A, B { #[serde(default, skip_serializing_if = "Option::is_none")] a: Option<u8> } }
        pub struct Writes { #[serde(default, skip_serializing)] a: u8, b: u8 }
        pub enum Variant { #[serde(skip)] Hidden, B, C }
        pub struct Fine { #[serde(skip)] a: u8, b: u8 }
    }
}

#[test]
fn equal_structures_are_equal() {
    assert_eq!(of::<base::S>(), of::<base::S>());
    assert_eq!(of::<base::S>(), of::<wrapped::Other>(), "names of types and newtypes do not count");
    assert_eq!(of::<base::E>(), of::<wrapped::Named>());
    assert_eq!(of::<Vec<u8>>(), of::<VecDeque<Box<u8>>>());
    assert_eq!(of::<Option<String>>(), of::<Option<Cow<'static, str>>>());
    assert_eq!(of::<HashMap<u8, u16>>(), of::<BTreeMap<u8, u16>>());
    assert_eq!(of::<(Option<String>, Option<String>)>(), of::<(Option<String>, Option<Box<str>>)>());
    assert_eq!(of::<(base::E, base::E)>(), of::<(base::E, wrapped::Named)>());
    assert_eq!(of::<skipping::Fine>(), of::<skipping::Fine>());
}

#[test]
fn every_change_of_a_struct_shows() {
    let all = [
        of::<base::S>(),
        of::<reordered::S>(),
        of::<renamed::S>(),
        of::<inserted::S>(),
        of::<retyped::S>(),
        of::<optional::S>(),
        of::<swapped::S>(),
    ];
    assert_eq!(BTreeSet::from(all).len(), all.len());
}

#[test]
fn every_change_of_an_enum_shows() {
    let all = [
        of::<base::E>(),
        of::<reordered::E>(),
        of::<renamed::E>(),
        of::<inserted::E>(),
        of::<retyped::E>(),
        of::<optional::E>(),
        of::<swapped::E>(),
    ];
    assert_eq!(BTreeSet::from(all).len(), all.len());
}

#[test]
fn changes_show_wherever_they_are_nested() {
    fn nested<T: Serialize + DeserializeOwned + Ord>() -> [u64; 6] {
        [
            of::<Vec<T>>(),
            of::<Option<T>>(),
            of::<BTreeMap<String, T>>(),
            of::<BTreeMap<T, u8>>(),
            of::<(u8, (u8, [T; 3]))>(),
            of::<Result<u8, Vec<Option<Box<T>>>>>(),
        ]
    }
    let (wide, narrow) = (nested::<u32>(), nested::<i32>());
    assert!(wide.iter().all(|fingerprint| !narrow.contains(fingerprint)));
    assert_eq!(BTreeSet::from(wide).len(), wide.len());
}

#[test]
fn primitives_differ() {
    let all = [
        of::<bool>(),
        of::<char>(),
        of::<()>(),
        of::<String>(),
        of::<f32>(),
        of::<f64>(),
        of::<u8>(),
        of::<u16>(),
        of::<u32>(),
        of::<u64>(),
        of::<u128>(),
        of::<i8>(),
        of::<i16>(),
        of::<i32>(),
        of::<i64>(),
        of::<i128>(),
        of::<Vec<u8>>(),
        of::<Option<u8>>(),
        of::<(u8,)>(),
        of::<[u8; 2]>(),
        of::<[u8; 3]>(),
        of::<BTreeMap<u8, u8>>(),
    ];
    assert_eq!(BTreeSet::from(all).len(), all.len());
}

#[test]
fn recursive_types_end() {
    use trees::*;
    let all = [
        of::<Tree>(),
        of::<Wide>(),
        of::<List>(),
        of::<Forest>(),
        of::<Even>(),
        of::<Odd>(),
        of::<Hard>(),
        of::<Bridge>(),
        of::<Deep>(),
        of::<Chooser>(),
        of::<Last>(),
    ];
    assert_eq!(BTreeSet::from(all).len(), all.len());
}

/// What is said at the end of a long way through choices counts as much as what is said at its beginning.
#[test]
fn deep_changes_of_recursive_types_show() {
    #[allow(dead_code, unreachable_pub, reason = "the types stand for those of a user")]
    mod changed {
        use super::*;
        #[derive(Serialize, Deserialize)]
        pub struct Deep {
            x: Option<Vec<Option<BTreeMap<u8, Chooser>>>>,
            tail: u8,
        }
        #[derive(Serialize, Deserialize)]
        pub enum Chooser {
            A(Option<Box<Deep>>),
            B(Vec<Chooser>),
            C,
            D { last: Option<Last> },
        }
        #[derive(Serialize, Deserialize)]
        pub enum Last {
            One,
            Two(i64),
        }
    }
    assert_ne!(of::<trees::Deep>(), of::<changed::Deep>());
}

#[test]
fn picky_types_are_traced() {
    let all = [
        of::<NonZeroU8>(),
        of::<NonZeroI64>(),
        of::<IpAddr>(),
        of::<SocketAddr>(),
        of::<Duration>(),
        of::<SystemTime>(),
        of::<Vec<Date>>(),
        of::<Address>(),
        of::<Uuid>(),
        of::<Pair>(),
        of::<Range>(),
        of::<(u8, Rash, u8)>(),
        of::<std::ffi::OsString>(),
    ];
    assert_eq!(BTreeSet::from(all).len(), all.len());
    assert_eq!(of::<PathBuf>(), of::<String>());
    assert_eq!(of::<NonZeroU8>(), of::<u8>());
    assert_eq!(of::<NonEmpty>(), of::<Vec<u8>>());
    // What follows a picky value is seen too.
    assert_ne!(of::<(Rash, u8)>(), of::<(Rash, i8)>());
    assert_ne!(of::<(Date, Address, u8)>(), of::<(Date, Address, i8)>());
    assert_ne!(of::<Option<(Date, Range, u8)>>(), of::<Option<(Date, Range, i8)>>());
}

/// A value that no invented one satisfies hides what follows it, the same way each time.
#[test]
fn impossible_types_are_traced_in_part() {
    assert_eq!(of::<(u8, Never)>(), of::<(u8, Never)>());
    assert_ne!(of::<(u8, Never)>(), of::<(i8, Never)>());
    assert_ne!(of::<Vec<Never>>(), of::<Vec<u8>>());
    assert_ne!(of::<(Option<Never>, u8)>(), of::<(Option<Never>, u16)>());
}

#[test]
fn types_that_ask_the_bytes_are_refused() {
    let asks = super::codec::NOT_SELF_DESCRIBING;
    #[cfg(feature = "json")]
    {
        assert_eq!(refused::<serde_json::Value>(), asks);
        assert_eq!(refused::<Option<BTreeMap<String, serde_json::Value>>>(), asks);
    }
    assert_eq!(refused::<untagged::E>(), asks);
    assert_eq!(refused::<untagged::In>(), asks);
    assert_eq!(refused::<internal::E>(), asks);
    assert_eq!(refused::<internal::In>(), asks);
    assert_eq!(refused::<flat::S>(), asks);
    assert_eq!(refused::<flat::M>(), asks);
    assert_eq!(refused::<BTreeMap<String, Vec<(u8, untagged::E)>>>(), asks);
    assert_eq!(refused::<adjacent::E>(), asks);
}

#[test]
fn types_that_do_not_read_back_are_refused() {
    assert!(refused::<skipping::IfNone>().contains("skip_serializing_if"));
    assert!(refused::<skipping::IfEmpty>().contains("skip_serializing_if"));
    assert!(refused::<skipping::Inside>().contains("skip_serializing_if"));
    assert!(refused::<Vec<Option<skipping::Inside>>>().contains("skip_serializing_if"));
    assert!(refused::<skipping::Writes>().contains("read back"));
    assert!(refused::<skipping::Variant>().contains("reads back as another value"));
}

#[test]
fn fingerprints_do_not_change_between_versions() {
    assert_eq!(of::<u8>(), 0xab78_11c5_5880_0ec6);
    assert_eq!(of::<base::S>(), 0x83c7_fe77_9c28_fe40);
    assert_eq!(of::<base::E>(), 0x0e25_4200_3b42_af8f);
    assert_eq!(of::<trees::Deep>(), 0x72a5_13a0_571e_9b46);
}

/// Accepts only what `accepts` does, as types with a format of their own do.
fn parsed<'de, D: Deserializer<'de>>(source: D, accepts: fn(&str) -> bool) -> Result<String, D::Error> {
    let text = String::deserialize(source)?;
    if accepts(&text) { Ok(text) } else { Err(D::Error::custom("another format")) }
}

struct Date(String);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(sink)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Date, D::Error> {
        parsed(source, |text| text.len() == 10 && text.starts_with("20")).map(Date)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[derive(Clone)]
struct Url(String);

impl TryFrom<String> for Url {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Url, &'static str> {
        if text.starts_with("http:") { Ok(Url(text)) } else { Err("no scheme") }
    }
}

impl From<Url> for String {
    fn from(url: Url) -> String {
        url.0
    }
}

#[derive(Serialize, Deserialize)]
struct Address {
    url: Url,
    fallback: Option<Vec<Url>>,
    seen: BTreeMap<Url2, Date>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "u32", into = "u32")]
#[derive(Clone)]
struct Url2(u32);

impl TryFrom<u32> for Url2 {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Url2, &'static str> {
        if number > 50 { Ok(Url2(number)) } else { Err("too small") }
    }
}

impl From<Url2> for u32 {
    fn from(url: Url2) -> u32 {
        url.0
    }
}

struct Uuid([u8; 16]);

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        sink.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Uuid, D::Error> {
        let bytes = <&[u8]>::deserialize(source)?;
        bytes.try_into().map(Uuid).map_err(|_| D::Error::custom("16 bytes"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
#[derive(Clone)]
struct NonEmpty(Vec<u8>);

impl TryFrom<Vec<u8>> for NonEmpty {
    type Error = &'static str;

    fn try_from(items: Vec<u8>) -> Result<NonEmpty, &'static str> {
        if items.is_empty() { Err("empty") } else { Ok(NonEmpty(items)) }
    }
}

impl From<NonEmpty> for Vec<u8> {
    fn from(items: NonEmpty) -> Vec<u8> {
        items.0
    }
}

/// Panics instead of refusing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
struct Rash(u16);

impl From<String> for Rash {
    fn from(text: String) -> Rash {
        Rash(text.parse().expect("a number"))
    }
}

impl From<Rash> for String {
    fn from(rash: Rash) -> String {
        rash.0.to_string()
    }
}

/// Reads exactly two elements from what it calls a sequence.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
struct Pair(u64, u64);

impl TryFrom<Vec<u64>> for Pair {
    type Error = &'static str;

    fn try_from(items: Vec<u64>) -> Result<Pair, &'static str> {
        <[u64; 2]>::try_from(items).map(|[a, b]| Pair(a, b)).map_err(|_| "two")
    }
}

impl From<Pair> for Vec<u64> {
    fn from(pair: Pair) -> Vec<u64> {
        vec![pair.0, pair.1]
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Bounds {
    least: u8,
    most: u8,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
struct Range(Bounds);

impl TryFrom<Bounds> for Range {
    type Error = &'static str;

    fn try_from(bounds: Bounds) -> Result<Range, &'static str> {
        if bounds.least < bounds.most { Ok(Range(bounds)) } else { Err("empty range") }
    }
}

impl From<Range> for Bounds {
    fn from(range: Range) -> Bounds {
        range.0
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Never(String);

impl TryFrom<String> for Never {
    type Error = &'static str;

    fn try_from(_: String) -> Result<Never, &'static str> {
        Err("never")
    }
}

impl From<Never> for String {
    fn from(never: Never) -> String {
        never.0
    }
}

#[test]
fn structures_are_told_in_words() {
    fn text<T: Serialize + DeserializeOwned>() -> String {
        super::described::<T>().expect("the type is storable").1
    }
    assert_eq!(text::<u32>(), "u32");
    assert_eq!(text::<Vec<Option<String>>>(), "[str?]");
    assert_eq!(text::<BTreeMap<String, (u8, bool)>>(), "map<str, (u8, bool)>");
    assert_eq!(text::<base::S>(), "struct { a: u32, b: str }");
    assert_eq!(text::<base::E>(), "enum { A, B(u8), C { x: u8, y: u8 } }");
    assert_eq!(text::<wrapped::Other>(), text::<base::S>(), "names of types say nothing");
    assert_eq!(text::<trees::Tree>(), "enum { Node(^1, ^1), Leaf(u8) }");
    assert_eq!(text::<trees::List>(), "struct { next: ^2?, value: u8 }");
    assert_eq!(text::<()>(), "unit");
    assert_eq!(text::<trees::Deep>(), text::<trees::Deep>());
}

#[test]
fn a_structure_that_unfolds_to_any_length_is_cut() {
    type Twice<T> = (T, T);
    type Often<T> = Twice<Twice<Twice<Twice<Twice<T>>>>>;
    let (_, text) = super::described::<Often<Often<u8>>>().expect("the type is storable");
    assert!(text.len() < 2_100 && text.contains('…'), "{}", text.len());
}
