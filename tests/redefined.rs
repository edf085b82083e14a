//! A state whose definition has changed reads what older programs stored as it was, or is refused by the field's name.
//!
//! Every case is two states of one graph's name, in two modules. They are above 1 KiB, so that the newest record holds changes.

use futures_lite::future::block_on;
use graph_runtime::{Definition, Error, GraphState, MemorySaver, Outcome, Thread, graph};

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

versions! {
    replaced { pub(super) log: Vec<u32>, } writes(page) { Book::update().log(vec![page, 7]) }
    appended { #[reduce(append)] pub(super) log: Vec<u32>, } writes(page) { Book::update().log([page]) }
    folded { #[reduce(with = never)] pub(super) log: Vec<u32>, } writes(page) { () }
    passing { #[state(ephemeral)] pub(super) log: Vec<u32>, } writes(page) { Book::update().log(vec![page, 7]) }
    by_id { #[reduce(upsert(by = id, key = u32))] pub(super) notes: Vec<Note>, }
        writes(page) { Book::update().notes([Note { id: page, place: 1 }]) }
    by_place { #[reduce(upsert(by = place, key = u32))] notes: Vec<Note>, } writes(page) { () }
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
fn changes_that_another_reducer_would_read_otherwise_are_refused() {
    let saver = MemorySaver::new();
    appended::begin(&saver, 3);
    assert_eq!(appended::read(&saver).unwrap().log, [0, 1, 2]);
    for reason in [refused(folded::read(&saver)), refused(replaced::read(&saver))] {
        assert!(reason.contains("log"), "{reason}");
    }
    let saver = MemorySaver::new();
    by_id::begin(&saver, 3);
    assert_eq!(by_id::read(&saver).unwrap().notes.len(), 3);
    assert!(refused(by_place::read(&saver)).contains("notes"));
}

#[test]
fn a_default_that_a_run_has_seen_is_stored() {
    let saver = MemorySaver::new();
    without::begin(&saver, 2);
    three::go_on(&saver, 2).unwrap();
    assert_eq!(three::read(&saver).unwrap().tries, 3);
    assert_eq!(five::read(&saver).unwrap().tries, 3, "the run had three");
}
