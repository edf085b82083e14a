//! The pending writes of a task come back as they were, and nothing else does.

mod any;
mod changes;
mod kept;
mod refused;

use super::super::field::{FieldReader, FieldWriter, reordered};
use super::field::Untagged;
use crate::{FieldError, GraphState, Update};
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
fn count(bytes: &[u8]) -> usize {
    FieldReader::new(bytes).expect("the fields are whole").names().len()
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
