//! A state whose definition has changed reads what older programs stored as it was, or is refused by the field's name.
//!
//! Every case is two states of one graph's name, in two modules. They are above 1 KiB, so that the newest record holds changes.

use futures_lite::future::block_on;
use graph_runtime::schema::{Class, Schema};
use graph_runtime::{
    CheckpointId, Checkpointer, Definition, Error, GraphState, Keep, MemorySaver, Outcome, Thread, graph,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// The thread of a graph, which stops after so many steps.
fn thread<G: Definition<Context = ()>>(saver: &MemorySaver, steps: u64) -> Thread<G> {
    graph_runtime::Builder::<G>::new().context(()).checkpointer(saver.clone()).step_limit(steps).build().thread("a")
}

macro_rules! versions {
    ($($module:ident { $($fields:tt)* } writes($page:ident) { $($written:tt)* })*) => { $(
        mod $module {
            #[allow(unused_imports)]
            use super::*;
            use graph_runtime::Update;

            #[derive(GraphState, Clone, Debug, PartialEq)]
            pub(super) struct Book {
                pub(super) cover: String,
                pub(super) page: u32,
                $($fields)*
            }

            fn write(book: &Book) -> impl Update<Book> + use<> {
                let page = book.page + 1;
                (Book::update().page(page), written(book.page))
            }

            fn written($page: u32) -> impl Update<Book> + use<> {
                let _ = $page;
                $($written)*
            }

            graph! {
                pub(super) graph Writing<Book>;
                node write;
                start -> write -> match unending { true => end, false => write };
            }

            fn unending(_: &Book) -> bool {
                false
            }

            /// Begins the thread and stops it after so many steps.
            #[allow(dead_code)]
            pub(super) fn begin(saver: &MemorySaver, steps: u64) {
                let update = Book::update().cover("x".repeat(4000));
                let stopped = block_on(thread::<Writing>(saver, steps).invoke(update)).unwrap();
                assert!(matches!(stopped, Outcome::Stopped(_)));
            }

            /// Goes on for so many steps.
            #[allow(dead_code)]
            pub(super) fn go_on(saver: &MemorySaver, steps: u64) -> Result<(), Error> {
                block_on(thread::<Writing>(saver, steps).resume()).map(|_| ())
            }

            #[allow(dead_code)]
            pub(super) fn read(saver: &MemorySaver) -> Result<Book, Error> {
                block_on(thread::<Writing>(saver, 1).snapshot()).map(|snapshot| snapshot.unwrap().state)
            }
        }
    )* };
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Note {
    id: u32,
    place: u32,
}

/// A reducer that must not run when a state is read.
fn never(_: &mut Vec<u32>, _: Vec<u32>) {
    panic!("loading runs no reducer of the user's");
}

fn never_mapped(_: &mut HashMap<u32, String>, _: HashMap<u32, String>) {
    panic!("loading runs no reducer of the user's");
}

/// Some notes put in, and some taken out again.
fn edits<U, R>(page: u32, put: impl FnOnce(Vec<Note>) -> U, remove: impl FnOnce(Vec<u32>) -> R) -> (U, Option<R>) {
    let note = |id, place| Note { id, place };
    let remove = (page % 3 == 2).then(|| remove(vec![page % 5, 77]));
    (put(vec![note(page % 4, page), note(page + 10, page), note(page % 4, page + 1)]), remove)
}

/// A list of the user's, which serde takes for a `Vec`.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Own(Vec<u32>);

impl graph_runtime::reduce::Append for Own {
    type Item = u32;
    type Input = Vec<u32>;

    fn append(&mut self, input: Vec<u32>) {
        self.0.extend(input.into_iter().rev());
    }
}

versions! {
    replaced { pub(super) log: Vec<u32>, } writes(page) { Book::update().log(vec![page, 7]) }
    appended { #[reduce(append)] pub(super) log: Vec<u32>, } writes(page) { Book::update().log([page]) }
    folded { #[reduce(with = never)] pub(super) log: Vec<u32>, } writes(page) { () }
    passing { #[state(ephemeral)] pub(super) log: Vec<u32>, } writes(page) { Book::update().log(vec![page, 7]) }
    queued { #[reduce(append)] pub(super) log: VecDeque<u32>, } writes(page) { Book::update().log([page]) }
    collected { #[reduce(merge)] pub(super) log: BTreeSet<u32>, } writes(page) { Book::update().log([page]) }
    converted { #[reduce(merge)] #[state(migrate(from = Vec<u32>, with = BTreeSet::from_iter))] pub(super) log: BTreeSet<u32>, }
        writes(page) { Book::update().log([page]) }
    set { pub(super) log: BTreeSet<u32>, } writes(page) { Book::update().log([page, 7].into()) }
    owned { #[reduce(append)] pub(super) log: Own, } writes(page) { Book::update().log([page, page + 10]) }
    renamed { #[state(renamed_from = "log")] pub(super) lines: Vec<u32>, } writes(page) { () }
    relined { #[reduce(append)] #[state(renamed_from = "log")] pub(super) lines: Vec<u32>, }
        writes(page) { Book::update().lines([page + 100]) }
    by_id { #[reduce(upsert(by = id, key = u32))] pub(super) notes: Vec<Note>, }
        writes(page) { edits(page, |notes| Book::update().notes(notes), |keys| Book::update().remove_notes(keys)) }
    by_place { #[reduce(upsert(by = place, key = u32))] pub(super) notes: Vec<Note>, }
        writes(page) { Book::update().notes([Note { id: 9, place: page }]) }
    without_keys { #[reduce(append)] pub(super) notes: Vec<Note>, } writes(page) { () }
    plain_notes { pub(super) notes: Vec<Note>, } writes(page) { () }
    merged { #[reduce(merge)] pub(super) index: BTreeMap<u32, String>, }
        writes(page) { (Book::update().index([(page % 3, page.to_string())]), Book::update().remove_index([page.saturating_sub(1)])) }
    hashed { #[reduce(with = never_mapped)] pub(super) index: HashMap<u32, String>, } writes(page) { () }
    sorted { pub(super) index: BTreeMap<u32, String>, } writes(page) { () }
    without {} writes(page) { () }
    three { #[state(default = 3)] pub(super) tries: u32, } writes(page) { () }
    five { #[state(default = 5)] pub(super) tries: u32, } writes(page) { () }
}

#[test]
fn a_field_that_gets_a_reducer_keeps_its_value() {
    let saver = MemorySaver::new();
    replaced::begin(&saver, 3);
    assert_eq!(appended::read(&saver).unwrap().log, [2, 7]);
    appended::go_on(&saver, 2).unwrap();
    assert_eq!(appended::read(&saver).unwrap().log, [2, 7, 3, 4]);
}

#[test]
fn a_field_that_stays_keeps_its_value() {
    let saver = MemorySaver::new();
    passing::begin(&saver, 3);
    assert_eq!(appended::read(&saver).unwrap().log, [2, 7]);
}

/// Reads, or says which field does not fit.
fn refused<T: std::fmt::Debug>(read: Result<T, Error>) -> String {
    match read {
        Err(Error::Incompatible { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_reducer_has_done_is_read_without_it() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 3);
    assert_eq!(appended::read(&saver).unwrap().log, [0, 1, 2]);
    assert_eq!(folded::read(&saver).unwrap().log, [0, 1, 2]);
    assert_eq!(replaced::read(&saver).unwrap().log, [0, 1, 2]);
    assert_eq!(renamed::read(&saver).unwrap().lines, [0, 1, 2]);
    replaced::go_on(&saver, 1).unwrap();
    assert_eq!(appended::read(&saver).unwrap().log, [3, 7]);
    appended::go_on(&saver, 1).unwrap();
    assert_eq!(replaced::read(&saver).unwrap().log, [3, 7, 4]);
}

/// An older program passes over what a newer one calls otherwise, so neither may build on changes that the other does not see.
#[test]
fn two_names_of_a_field_never_make_two_states_of_a_checkpoint() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 3);
    relined::go_on(&saver, 1).unwrap();
    assert_eq!(relined::read(&saver).unwrap().lines, [0, 1, 2, 103]);
    appended::go_on(&saver, 1).unwrap();
    let rolled_back = appended::read(&saver).unwrap().log;
    assert_eq!(relined::read(&saver).unwrap().lines, rolled_back);
    relined::go_on(&saver, 2).unwrap();
    assert_eq!(relined::read(&saver).unwrap().lines, [rolled_back, vec![105, 106]].concat());
}

/// As in a rolling deploy, in which the older program prunes what the newer one has stored.
#[test]
fn what_a_program_without_the_field_prunes_keeps_its_value() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 6);
    let lines =
        |id| block_on(thread::<appended::Writing>(&saver, 1).at(CheckpointId(id)).snapshot()).unwrap().state.log;
    for kept in [3, 2] {
        block_on(thread::<without::Writing>(&saver, 1).prune(Keep::Last(kept))).unwrap();
        assert_eq!(without::read(&saver).unwrap().page, 6);
        assert_eq!((lines(6), lines(7)), ((0..5).collect(), (0..6).collect()));
    }
    appended::go_on(&saver, 2).unwrap();
    assert_eq!(appended::read(&saver).unwrap().log, (0..8).collect::<Vec<_>>());
}

/// What the program does know is not kept twice, and what it does not know does not pile up.
#[test]
fn what_a_program_does_not_know_costs_a_prune_no_more_than_it_takes() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 40);
    for round in 1..=100 {
        block_on(thread::<without::Writing>(&saver, 1).prune(Keep::Last(1))).unwrap();
        let key = graph_tests::thread_of("Writing", "a");
        let head = block_on(saver.head(&key)).unwrap().unwrap();
        let entries = block_on(saver.pending(&key, head.checkpoint)).unwrap();
        let base = entries.iter().find(|(name, _)| name == "base").map_or(0, |(_, bytes)| bytes.len());
        assert!(base < 4_800, "{base} bytes in round {round}");
        if round == 1 {
            assert_eq!(appended::read(&saver).unwrap().log, (0..40).collect::<Vec<_>>());
        }
        without::go_on(&saver, 20).unwrap();
    }
    assert_eq!(without::read(&saver).unwrap().page, 40 + 100 * 20);
}

#[test]
fn the_items_of_a_list_need_no_keys_to_be_read() {
    let saver = MemorySaver::new();
    by_id::begin(&saver, 12);
    let notes = by_id::read(&saver).unwrap().notes;
    assert_eq!(by_place::read(&saver).unwrap().notes, notes);
    assert_eq!(without_keys::read(&saver).unwrap().notes, notes);
    assert_eq!(plain_notes::read(&saver).unwrap().notes, notes);
    by_place::go_on(&saver, 2).unwrap();
    let mut expected = notes;
    for page in [12, 13] {
        match expected.iter_mut().find(|note| note.place == page) {
            Some(note) => note.id = 9,
            None => expected.push(Note { id: 9, place: page }),
        }
    }
    assert_eq!(by_id::read(&saver).unwrap().notes, expected);
}

#[test]
fn the_entries_of_a_map_are_read_by_every_map() {
    let saver = MemorySaver::new();
    merged::begin(&saver, 5);
    let index = merged::read(&saver).unwrap().index;
    assert_eq!(sorted::read(&saver).unwrap().index, index);
    assert_eq!(hashed::read(&saver).unwrap().index, index.into_iter().collect());
}

#[test]
fn a_list_of_another_type_takes_the_same_items() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 3);
    assert_eq!(queued::read(&saver).unwrap().log, [0, 1, 2]);
    queued::go_on(&saver, 2).unwrap();
    assert_eq!(appended::read(&saver).unwrap().log, [0, 1, 2, 3, 4]);
}

#[test]
fn a_list_of_the_users_is_stored_as_a_whole() {
    let saver = MemorySaver::new();
    owned::begin(&saver, 2);
    assert_eq!(owned::read(&saver).unwrap().log, Own(vec![10, 0, 11, 1]));
    assert_eq!(appended::read(&saver).unwrap().log, [10, 0, 11, 1]);
}

#[test]
fn a_type_that_takes_no_such_pieces_is_refused_by_the_name_of_its_field() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 3);
    for reason in [refused(owned::read(&saver)), refused(collected::read(&saver))] {
        assert!(reason.contains("field `log`") && reason.contains("give the new type a new field"), "{reason}");
    }
    assert_eq!(appended::read(&saver).unwrap().log, [0, 1, 2], "nothing has changed");
}

/// What the schema says of a change, with the threads that the older program has left.
#[test]
fn the_schema_says_what_becomes_of_a_container_of_another_kind() {
    let class = |new: Schema, old: Schema| {
        let changes = new.changes_since(&old);
        let of_kind =
            changes.into_iter().filter(|change| change.text.contains(" was a ") || change.text.contains(" was st"));
        of_kind.map(|change| change.class).collect::<Vec<_>>()
    };
    let list = || {
        let saver = MemorySaver::new();
        appended::begin(&saver, 3);
        saver
    };
    let appended = appended::Writing::schema;
    assert_eq!(class(queued::Writing::schema(), appended()), []);
    assert_eq!(class(collected::Writing::schema(), appended()), [Class::NeedsMigration]);
    refused(collected::read(&list()));
    assert_eq!(class(owned::Writing::schema(), appended()), [Class::NeedsMigration]);
    refused(owned::read(&list()));
    assert_eq!(class(converted::Writing::schema(), appended()), [Class::Safe]);
    assert_eq!(converted::read(&list()).unwrap().log, BTreeSet::from([0, 1, 2]));

    // A field without a reducer is stored as a whole.
    let saver = MemorySaver::new();
    replaced::begin(&saver, 3);
    for schema in [set::Writing::schema(), collected::Writing::schema(), converted::Writing::schema()] {
        assert_eq!(class(schema, replaced::Writing::schema()), [Class::Safe]);
    }
    assert_eq!(set::read(&saver).unwrap().log, BTreeSet::from([2, 7]));
    assert_eq!(collected::read(&saver).unwrap().log, BTreeSet::from([2, 7]));
    assert_eq!(converted::read(&saver).unwrap().log, BTreeSet::from([2, 7]));

    let saver = MemorySaver::new();
    owned::begin(&saver, 2);
    assert_eq!(class(appended(), owned::Writing::schema()), [Class::Safe]);
    assert_eq!(self::appended::read(&saver).unwrap().log, [10, 0, 11, 1]);
}

#[test]
fn a_default_that_a_run_has_seen_is_stored() {
    let saver = MemorySaver::new();
    without::begin(&saver, 2);
    three::go_on(&saver, 2).unwrap();
    assert_eq!(three::read(&saver).unwrap().tries, 3);
    assert_eq!(five::read(&saver).unwrap().tries, 3, "the run had three");
}
