//! A history of any length takes little memory.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::future::block_on;
use graph_runtime::{BoxError, Checkpointer, Ctx, GraphState, MemorySaver, SledSaver, Update, graph};
use graph_tests::{thread_of, whole};
use std::io::{self, Read};

#[derive(GraphState)]
struct Page {
    number: u64,
    text: String,
}

fn turn(page: &Page) -> impl Update<Page> + use<> {
    let number = page.number + 1;
    Page::update().number(number).text(format!("{number} ").repeat(1_000))
}

fn last(page: &Page) -> bool {
    page.number >= PAGES
}

graph! {
    graph Book<Page>;
    node turn;
    start -> turn -> match last { true => end, false => turn };
}

const PAGES: u64 = 10_000;
const MIB: u64 = 1 << 20;

#[test]
fn ten_thousand_checkpoints_are_exported_and_imported_in_little_memory() {
    let book = || Book::builder().checkpointer(MemorySaver::new()).step_limit(u64::MAX).build();
    let thread = book().thread("a");
    block_on(thread.invoke(())).unwrap().finished().unwrap();

    let counted = allocation_counter::measure(|| {
        assert_eq!(block_on(thread.export(io::sink())).unwrap(), PAGES + 1);
    });
    assert!(counted.bytes_max < 8 * MIB, "an export takes {} bytes", counted.bytes_max);

    let mut file = tempfile::tempfile().unwrap();
    block_on(thread.export(&mut file)).unwrap();
    let size = file.metadata().unwrap().len();
    assert!(size > 40 * MIB, "{size} bytes");
    io::Seek::rewind(&mut file).unwrap();
    let other = book();
    let counted = allocation_counter::measure(|| {
        block_on(other.import(&file)).unwrap();
    });
    // The store of the test is in memory, too.
    let beside = counted.bytes_max.saturating_sub(size);
    assert!(beside < 8 * MIB, "an import takes {beside} bytes beside what it stores");
    assert_eq!(block_on(other.thread("a").verify()).unwrap(), PAGES + 1);
}

#[derive(GraphState)]
struct Log {
    #[reduce(add)]
    calls: u64,
}

async fn call(_: &Log, cx: &Ctx) -> Result<impl Update<Log> + use<>, BoxError> {
    let answer = |_key| async { Ok::<_, BoxError>("x".repeat(ANSWER)) };
    let answer: String = cx.once("call", &(), answer).await?;
    assert_eq!(answer.len(), ANSWER);
    Ok(Log::update().calls(1))
}

fn all(log: &Log) -> bool {
    log.calls >= CALLS
}

graph! {
    graph Caller<Log>;
    node call;
    start -> call -> match all { true => end, false => call };
}

const CALLS: u64 = 300;
const ANSWER: usize = 1 << 17;

#[test]
fn what_lies_beside_small_checkpoints_is_exported_and_copied_in_little_memory() {
    let saver = MemorySaver::new();
    let thread = Caller::builder().checkpointer(saver.clone()).step_limit(u64::MAX).build().thread("a");
    block_on(thread.invoke(())).unwrap().finished().unwrap();

    let counted = allocation_counter::measure(|| {
        assert_eq!(block_on(thread.export(io::sink())).unwrap(), CALLS + 1);
    });
    assert!(counted.bytes_max < 8 * MIB, "an export takes {} bytes", counted.bytes_max);

    let counted = allocation_counter::measure(|| {
        block_on(thread.copy_to("b")).unwrap();
    });
    // The store of the test is in memory, too, in vectors that have grown to twice their length.
    let beside = counted.bytes_max.saturating_sub(2 * CALLS * ANSWER as u64);
    assert!(beside < 8 * MIB, "a copy takes {beside} bytes beside what it stores");
    let entries = |id| {
        let (_, records, _) = whole(&saver, &thread_of("Caller", id));
        records.iter().map(|(_, entries)| entries.len()).sum::<usize>()
    };
    assert_eq!((entries("a") as u64, entries("b") as u64), (CALLS, CALLS + 1), "and one that says whose copy it is");
}

/// The bytes are made while they are read, so that there are no others than those that the import keeps.
#[test]
fn a_file_that_promises_more_than_it_has_takes_no_more_memory_than_it_is() {
    let thread = Book::builder().checkpointer(MemorySaver::new()).step_limit(3).build().thread("a");
    let _ = block_on(thread.invoke(())).unwrap();
    let mut file = Vec::new();
    block_on(thread.export(&mut file)).unwrap();
    file.truncate(28);
    let promised = [1_u32 << 20, 1 << 30].map(u32::to_le_bytes).concat();
    let counted = allocation_counter::measure(|| {
        let bytes = (&*file).chain(&*promised).chain(io::repeat(7).take(2 * MIB));
        block_on(Book::builder().checkpointer(MemorySaver::new()).build().import(bytes)).unwrap_err();
    });
    assert!(counted.bytes_max < 8 * MIB, "{} bytes", counted.bytes_max);
}

#[derive(GraphState)]
struct Talk {
    #[reduce(add)]
    heard: u32,
}

fn hear(_: &Talk, _: &String) -> impl Update<Talk> + use<> {
    Talk::update().heard(1)
}

fn enough(talk: &Talk) -> bool {
    talk.heard >= REPLIES
}

graph! {
    graph Talks<Talk>;
    pause hear(String);
    start -> hear -> match enough { true => end, false => hear };
}

const REPLIES: u32 = 600;

#[test]
fn an_inbox_of_many_pages_moves_with_its_thread() {
    let saver = MemorySaver::new();
    let thread = Talks::builder().checkpointer(saver.clone()).build().thread("a");
    let _ = block_on(thread.invoke(())).unwrap();
    for reply in 0..REPLIES {
        let said = if reply == 100 { "x".repeat(3 << 20) } else { format!("reply {reply}") };
        let _ = block_on(thread.reply(TalksReply::Hear(said))).unwrap();
    }
    let mut file = Vec::new();
    block_on(thread.export(&mut file)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let moved = SledSaver::open(directory.path().join("store")).unwrap();
    let imported = block_on(Talks::builder().checkpointer(moved.clone()).build().import(&*file)).unwrap();
    assert_eq!(block_on(imported.snapshot()).unwrap().unwrap().state.heard, REPLIES);
    let inbox = |saver: &dyn Checkpointer| {
        let mut inbox = whole(saver, &thread_of("Talks", "a")).2;
        inbox.sort();
        inbox
    };
    assert_eq!(inbox(&moved).len(), REPLIES as usize);
    assert!(inbox(&moved) == inbox(&saver));
}
