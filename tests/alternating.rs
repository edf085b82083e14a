//! Programs that reduce the fields of one state in different ways take turns on one thread, in any order: each reads what the
//! others did, as it was, and none of it is reduced once more.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, GraphState, Keep, MemorySaver, Snapshot, Update, graph};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Note {
    id: u32,
    text: String,
}

fn note(number: u32) -> Note {
    Note { id: number % 6, text: format!("{}", number % 4) }
}

/// What all the programs hold, in the types of the first one.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    list: Vec<u32>,
    text: String,
    map: BTreeMap<u32, String>,
    set: BTreeSet<u32>,
    notes: Vec<Note>,
    raw: Vec<Value>,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
enum Kind {
    List,
    NewList,
    Text,
    Map,
    LessMap,
    Set,
    LessSet,
    Notes,
    LessNotes,
    Raw,
}

const KINDS: [Kind; 10] = [
    Kind::List,
    Kind::NewList,
    Kind::Text,
    Kind::Map,
    Kind::LessMap,
    Kind::Set,
    Kind::LessSet,
    Kind::Notes,
    Kind::LessNotes,
    Kind::Raw,
];

// A program: its state, what it writes, and how it is read as a model.
macro_rules! program {
    ($module:ident { $($fields:tt)* } $($kind:ident($book:ident, $number:ident): $update:expr;)*) => {
        mod $module {
            use super::*;

            #[derive(GraphState, Clone, Debug, PartialEq)]
            struct Book {
                cover: String,
                $($fields)*
            }

            fn rest(_: &Book) {}

            graph! {
                graph Writing<Book>;
                node rest;
                start -> rest -> end;
            }

            fn thread(saver: &MemorySaver) -> graph_runtime::Thread<Writing> {
                Writing::builder().checkpointer(saver.clone()).build().thread("a")
            }

            fn update(kind: Kind, book: &Book, number: u32) -> <Book as GraphState>::Patch {
                let mut patch = <Book as GraphState>::Patch::default();
                match kind {
                    $(Kind::$kind => {
                        let ($book, $number) = (book, number);
                        let _ = ($book, $number);
                        ($update).write(&mut patch);
                    })*
                }
                patch
            }

            fn model(book: Book) -> Model {
                Model {
                    list: book.list.into_iter().collect(),
                    text: book.text,
                    map: book.map.into_iter().collect(),
                    set: book.set.into_iter().collect(),
                    notes: book.notes,
                    raw: book.raw.into_iter().collect(),
                }
            }

            /// Writes, and returns the checkpoint after it.
            pub(super) fn write(saver: &MemorySaver, kind: Kind, number: u32) -> CheckpointId {
                let thread = thread(saver);
                let book = block_on(thread.snapshot()).unwrap().map_or_else(Book::initial, |snapshot| snapshot.state);
                let cover = book.cover.is_empty().then(|| Book::update().cover("c".repeat(3_000)));
                block_on(thread.invoke((cover, update(kind, &book, number)))).unwrap().finished().unwrap();
                block_on(thread.snapshot()).unwrap().unwrap().id
            }

            pub(super) fn history(saver: &MemorySaver) -> Vec<(CheckpointId, Model)> {
                let history: Vec<Snapshot<Writing>> = block_on(thread(saver).history().try_collect()).unwrap();
                history.into_iter().map(|snapshot| (snapshot.id, model(snapshot.state))).collect()
            }

            pub(super) fn prune(saver: &MemorySaver, keep: u64) {
                block_on(thread(saver).prune(Keep::Last(keep))).unwrap();
                block_on(thread(saver).verify()).unwrap();
            }
        }
    };
}

program! {
    reducing {
        #[reduce(append)] list: Vec<u32>,
        #[reduce(append)] text: String,
        #[reduce(merge)] map: BTreeMap<u32, String>,
        #[reduce(merge)] set: BTreeSet<u32>,
        #[reduce(upsert(by = id, key = u32))] notes: Vec<Note>,
        #[reduce(append)] #[state(json)] raw: Vec<Value>,
    }
    List(book, number): Book::update().list([number, number + 1]);
    NewList(book, number): Book::update().list([1]).overwrite_list(vec![number]).list([2]);
    Text(book, number): Book::update().text(number.to_string());
    Map(book, number): Book::update().map([(number % 5, "r".repeat(number as usize % 9))]);
    LessMap(book, number): Book::update().remove_map([number % 5, 99]);
    Set(book, number): Book::update().set([number % 7, number % 3]);
    LessSet(book, number): Book::update().remove_set([number % 7]);
    Notes(book, number): Book::update().notes([note(number), note(number + 7), note(number)]);
    LessNotes(book, number): Book::update().remove_notes([number % 6]);
    Raw(book, number): Book::update().raw([Value::from(number), Value::Null]);
}

program! {
    otherwise {
        #[state(json)] raw: VecDeque<Value>,
        #[reduce(upsert(by = text, key = String))] notes: Vec<Note>,
        #[reduce(merge)] set: HashSet<u32>,
        #[reduce(merge)] map: HashMap<u32, String>,
        text: String,
        list: Vec<u32>,
    }
    List(book, number): {
        let mut list = book.list.clone();
        list.push(number);
        Book::update().list(list)
    };
    NewList(book, number): Book::update().list(Vec::new());
    Text(book, number): Book::update().text(number.to_string());
    Map(book, number): Book::update().map([(number % 5, "o".to_owned()), (number % 3, String::new())]);
    LessMap(book, number): Book::update().overwrite_map(HashMap::new()).map([(number, "only".to_owned())]);
    Set(book, number): Book::update().set([number % 11]);
    LessSet(book, number): Book::update().overwrite_set(HashSet::from([number]));
    Notes(book, number): Book::update().notes([note(number), note(number + 1)]);
    LessNotes(book, number): Book::update().remove_notes([(number % 4).to_string()]);
    Raw(book, number): Book::update().raw(VecDeque::from([Value::from(number)]));
}

program! {
    own {
        #[reduce(append)] list: VecDeque<u32>,
        #[reduce(with = longer)] text: String,
        #[reduce(with = join)] map: BTreeMap<u32, String>,
        set: BTreeSet<u32>,
        #[reduce(append)] notes: Vec<Note>,
        #[reduce(append)] #[state(json)] raw: VecDeque<Value>,
    }
    List(book, number): Book::update().list([number]);
    NewList(book, number): Book::update().overwrite_list(VecDeque::new()).list([number]);
    Text(book, number): Book::update().text("t".repeat(number as usize % 20));
    Map(book, number): Book::update().map(BTreeMap::from([(number % 5, "w".to_owned())]));
    LessMap(book, number): Book::update().overwrite_map(BTreeMap::new());
    Set(book, number): Book::update().set(book.set.iter().copied().chain([number]).collect());
    LessSet(book, number): Book::update().set(BTreeSet::new());
    Notes(book, number): Book::update().notes([note(number)]);
    LessNotes(book, number): Book::update().overwrite_notes(book.notes.iter().rev().cloned().collect()).notes([note(number)]);
    Raw(book, number): Book::update().raw([Value::from("w")]);
}

fn longer(text: &mut String, other: String) {
    if other.len() > text.len() {
        *text = other;
    }
}

fn join(map: &mut BTreeMap<u32, String>, other: BTreeMap<u32, String>) {
    for (key, text) in other {
        map.entry(key).or_default().push_str(&text);
    }
}

/// What a program makes of a model, in plain Rust.
fn expected(program: u8, kind: Kind, number: u32, model: &mut Model) {
    let Model { list, text, map, set, notes, raw } = model;
    let upsert = |notes: &mut Vec<Note>, new: Note, same: fn(&Note, &Note) -> bool| match notes
        .iter_mut()
        .find(|old| same(old, &new))
    {
        Some(old) => *old = new,
        None => notes.push(new),
    };
    match (kind, program) {
        (Kind::List, 0) => list.extend([number, number + 1]),
        (Kind::List, _) => list.push(number),
        (Kind::NewList, 0) => *list = vec![number, 2],
        (Kind::NewList, 1) => list.clear(),
        (Kind::NewList, _) => *list = vec![number],
        (Kind::Text, 0) => text.push_str(&number.to_string()),
        (Kind::Text, 1) => *text = number.to_string(),
        (Kind::Text, _) => longer(text, "t".repeat(number as usize % 20)),
        (Kind::Map, 0) => drop(map.insert(number % 5, "r".repeat(number as usize % 9))),
        (Kind::Map, 1) => map.extend([(number % 5, "o".to_owned()), (number % 3, String::new())]),
        (Kind::Map, _) => join(map, BTreeMap::from([(number % 5, "w".to_owned())])),
        (Kind::LessMap, 0) => drop(map.remove(&(number % 5))),
        (Kind::LessMap, 1) => *map = BTreeMap::from([(number, "only".to_owned())]),
        (Kind::LessMap, _) => map.clear(),
        (Kind::Set, 0) => set.extend([number % 7, number % 3]),
        (Kind::Set, 1) => drop(set.insert(number % 11)),
        (Kind::Set, _) => drop(set.insert(number)),
        (Kind::LessSet, 0) => drop(set.remove(&(number % 7))),
        (Kind::LessSet, 1) => *set = BTreeSet::from([number]),
        (Kind::LessSet, _) => set.clear(),
        (Kind::Notes, 0) => {
            for number in [number, number + 7, number] {
                upsert(notes, note(number), |one, other| one.id == other.id);
            }
        }
        (Kind::Notes, 1) => {
            for number in [number, number + 1] {
                upsert(notes, note(number), |one, other| one.text == other.text);
            }
        }
        (Kind::Notes, _) => notes.push(note(number)),
        (Kind::LessNotes, 0) => notes.retain(|note| note.id != number % 6),
        (Kind::LessNotes, 1) => notes.retain(|note| note.text != (number % 4).to_string()),
        (Kind::LessNotes, _) => {
            notes.reverse();
            notes.push(note(number));
        }
        (Kind::Raw, 0) => raw.extend([Value::from(number), Value::Null]),
        (Kind::Raw, 1) => *raw = vec![Value::from(number)],
        (Kind::Raw, _) => raw.push(Value::from("w")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_program_reads_what_the_others_have_come_to(
        turns in prop::collection::vec((0..3u8, prop::sample::select(&KINDS[..]), 0..40u32, 0..12u64), 1..40),
    ) {
        let saver = MemorySaver::new();
        let mut model = Model::default();
        let mut known = BTreeMap::new();
        for (program, kind, number, keep) in turns {
            expected(program, kind, number, &mut model);
            let write = [reducing::write, otherwise::write, own::write][usize::from(program)];
            known.insert(write(&saver, kind, number), model.clone());
            if keep == 3 {
                [reducing::prune, otherwise::prune, own::prune][usize::from(program)](&saver, 5);
            }
            for history in [reducing::history, otherwise::history, own::history] {
                for (id, found) in history(&saver) {
                    if let Some(model) = known.get(&id) {
                        prop_assert_eq!(&found, model, "checkpoint {}", id);
                    }
                }
            }
        }
    }
}
