//! A step stores what it changed, however large the state is, and whatever is read back is what was there.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    CheckpointId, Checkpointer, Durability, GraphState, Keep, MemorySaver, Outcome, Source, Thread, ThreadId,
    ThreadKey, Update, graph,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Note {
    id: u32,
    text: String,
}

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Archive {
    goal: u32,
    #[reduce(append)]
    log: Vec<String>,
    #[reduce(append)]
    text: String,
    #[reduce(merge)]
    pages: BTreeMap<u32, String>,
    #[reduce(merge)]
    seen: BTreeSet<u32>,
    #[reduce(upsert(by = id, key = u32))]
    notes: Vec<Note>,
    #[reduce(add)]
    steps: u32,
    #[reduce(with = keep_longer)]
    title: String,
    #[state(ephemeral)]
    hint: Option<u32>,
    #[state(skip)]
    cache: u32,
}

fn keep_longer(title: &mut String, other: String) {
    if other.len() > title.len() {
        *title = other;
    }
}

/// What a step writes: a little of everything, some of it in the place of what is there.
fn write(archive: &Archive) -> impl Update<Archive> + use<> {
    let step = archive.steps;
    let update = Archive::update()
        .log([format!("entry {step}")])
        .text("x")
        .pages([(step % 50, format!("page {step}"))])
        .seen([step / 3])
        .notes([Note { id: step % 7, text: format!("note {step}") }])
        .steps(1)
        .title("x".repeat(step as usize % 13))
        .hint(Some(step))
        .cache(step);
    let removed = (step % 11 == 10).then(|| Archive::update().remove_pages([step % 5]).remove_notes([step % 3]));
    let anew = (step % 97 == 96).then(|| Archive::update().overwrite_log(vec!["anew".to_owned(); 40]));
    (update, (removed, anew))
}

fn done(archive: &Archive) -> bool {
    archive.steps >= archive.goal
}

graph! {
    graph Archiving<Archive>;
    node write;
    start -> write -> match done { true => end, false => write };
}

/// The states of a run after each step, as plain Rust makes them.
fn expected(mut state: Archive, steps: u32) -> Vec<Archive> {
    let mut states = Vec::new();
    for _ in 0..steps {
        let update = write(&state);
        state.hint = None;
        state = graph_tests::after(state, update);
        states.push(state.clone());
    }
    states
}

/// What a checkpoint holds: nothing of skipped fields.
fn stored(state: Archive) -> Archive {
    Archive { cache: 0, ..state }
}

fn large() -> impl Update<Archive> {
    lines(200)
}

/// Of 1,200 lines, leaps lead over the records of what has changed in them.
fn lines(count: u32) -> impl Update<Archive> {
    Archive::update().log((0..count).map(|line| format!("line {line} of what was there before"))).hint(Some(9))
}

#[test]
fn every_checkpoint_reads_back_as_it_was() {
    for (durability, count) in
        [(Durability::Sync, 200), (Durability::Async, 200), (Durability::Exit, 200), (Durability::Sync, 1_200)]
    {
        let graph = Archiving::builder().checkpointer(MemorySaver::new()).durability(durability).build();
        let thread = graph.thread("a");
        block_on(thread.invoke((lines(count), Archive::update().goal(300)))).unwrap().finished().unwrap();
        let start: Archive = graph_tests::new((lines(count), Archive::update().goal(300)));
        let states = expected(start, 300);
        let newest = block_on(thread.snapshot()).unwrap().unwrap();
        assert_eq!(newest.state, stored(states[299].clone()), "{durability:?}");
        let history: Vec<_> = block_on(thread.history().source(Source::Step).try_collect()).unwrap();
        for snapshot in history {
            let snapshot: graph_runtime::Snapshot<Archiving> = snapshot;
            let step = usize::try_from(snapshot.step).unwrap();
            assert_eq!(snapshot.state, stored(states[step - 1].clone()), "step {step}");
            let alone = block_on(thread.at(snapshot.id).snapshot()).unwrap();
            assert_eq!(alone.state, snapshot.state);
        }
        block_on(thread.verify()).unwrap();
    }
}

fn key(thread: &Thread<Archiving>) -> ThreadKey {
    ThreadKey { graph: "Archiving".into(), thread: ThreadId::new(thread.id()).unwrap() }
}

/// The sizes of the records of a thread, the oldest first.
fn sizes(saver: &MemorySaver, thread: &Thread<Archiving>) -> Vec<usize> {
    let mut sizes: Vec<_> =
        block_on(saver.range(&key(thread), None, usize::MAX)).unwrap().iter().map(|(_, bytes)| bytes.len()).collect();
    sizes.reverse();
    sizes
}

#[test]
fn a_step_costs_what_it_changes_and_a_history_the_sum_of_that() {
    let saver = MemorySaver::new();
    let thread = Archiving::builder().checkpointer(saver.clone()).build().thread("a");
    block_on(thread.invoke((large(), Archive::update().goal(2_000)))).unwrap().finished().unwrap();
    let sizes = sizes(&saver, &thread);
    let (changes, whole): (Vec<usize>, Vec<usize>) = sizes.iter().partition(|size| **size < 1_400);
    assert!(changes.len() > 7 * whole.len(), "{} records of changes and {} of states", changes.len(), whole.len());
    let (changes, whole): (usize, usize) = (changes.iter().sum(), whole.iter().sum());
    // A whole state is written when the changes since the last one outweigh it.
    assert!(whole < changes + changes / 2, "{changes} bytes of changes and {whole} of states");
}

#[test]
fn the_next_turn_of_a_long_conversation_stores_the_turn() {
    let saver = MemorySaver::new();
    let thread = Archiving::builder().checkpointer(saver.clone()).build().thread("a");
    block_on(thread.invoke((large(), Archive::update().goal(1)))).unwrap().finished().unwrap();
    let before = sizes(&saver, &thread).len();
    for goal in 2..6 {
        block_on(thread.invoke(Archive::update().goal(goal))).unwrap().finished().unwrap();
    }
    let sizes = sizes(&saver, &thread);
    assert!(sizes[before..].iter().all(|size| *size < 1_400), "{sizes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Runs, stops, forks, edits, cancellations, prunes and copies in any order: each checkpoint that is there reads back as
    /// it was when it was made.
    #[test]
    fn what_is_kept_reads_back_whatever_happened_around_it(
        operations in prop::collection::vec((0..8u8, 1..60u32, any::<prop::sample::Index>()), 1..12),
        leaps in any::<bool>(),
    ) {
        let saver = MemorySaver::new();
        let graph = Archiving::builder().checkpointer(saver.clone()).step_limit(25).build();
        let thread = graph.thread("a");
        let _ = block_on(thread.invoke((lines(if leaps { 1_200 } else { 200 }), Archive::update().goal(3)))).unwrap();
        let mut known: BTreeMap<CheckpointId, Archive> = BTreeMap::new();
        let mut copies = 0;
        for (kind, number, index) in operations {
            let status = block_on(thread.snapshot()).unwrap().unwrap();
            let ids: Vec<_> = known.keys().copied().collect();
            match kind {
                0 | 1 => drop(block_on(thread.invoke(Archive::update().goal(status.state.steps + number)).restart())),
                2 => drop(block_on(thread.resume())),
                3 if !ids.is_empty() => {
                    let at = thread.at(*index.get(&ids));
                    let update = Archive::update().log(["forked".to_owned()]).goal(number);
                    let outcome: Result<Outcome<Archive>, _> = block_on(at.fork(update).into_future());
                    let _ = outcome.unwrap();
                }
                4 => drop(block_on(thread.update(Archive::update().title("edited by hand")).into_future())),
                5 => drop(block_on(thread.cancel("enough"))),
                6 => {
                    block_on(thread.prune(Keep::Last(u64::from(number)))).unwrap();
                    let left: Vec<_> = block_on(thread.history().try_collect()).unwrap();
                    let left: BTreeSet<_> =
                        left.iter().map(|snapshot: &graph_runtime::Snapshot<Archiving>| snapshot.id).collect();
                    known.retain(|id, _| left.contains(id));
                }
                _ => {
                    copies += 1;
                    let copy = format!("copy-{copies}");
                    block_on(thread.copy_to(copy.as_str())).unwrap();
                    let copied: Vec<_> = block_on(graph.thread(copy).history().try_collect()).unwrap();
                    for snapshot in copied {
                        let snapshot: graph_runtime::Snapshot<Archiving> = snapshot;
                        if let Some(state) = known.get(&snapshot.id) {
                            prop_assert_eq!(&snapshot.state, state);
                        }
                    }
                }
            }
            let history: Vec<_> = block_on(thread.history().try_collect()).unwrap();
            for snapshot in history {
                let snapshot: graph_runtime::Snapshot<Archiving> = snapshot;
                let state = known.entry(snapshot.id).or_insert_with(|| snapshot.state.clone());
                prop_assert_eq!(&*state, &snapshot.state, "checkpoint {}", snapshot.id);
            }
            block_on(thread.verify()).unwrap();
        }
    }
}

mod talk {
    use graph_runtime::{GraphState, Update, graph};

    #[derive(GraphState)]
    pub(super) struct Chat {
        pub(super) goal: u32,
        #[reduce(add)]
        pub(super) turns: u32,
        #[reduce(append)]
        pub(super) messages: Vec<String>,
    }

    fn turn(chat: &Chat) -> impl Update<Chat> + use<> {
        Chat::update().turns(1).messages([format!("{:0200}", chat.turns)])
    }

    fn done(chat: &Chat) -> bool {
        chat.turns >= chat.goal
    }

    graph! {
        pub(super) graph Talk<Chat>;
        node turn;
        start -> turn -> match done { true => end, false => turn };
    }
}

#[test]
fn a_conversation_takes_little_more_than_its_length_twice_and_a_hundred_bytes_a_turn() {
    const TURNS: u32 = 5_000;
    let saver = MemorySaver::new();
    let thread = talk::Talk::builder().checkpointer(saver.clone()).build().thread("a");
    let chat = block_on(thread.invoke(talk::Chat::update().goal(TURNS))).unwrap().finished().unwrap();
    assert_eq!(chat.messages.len(), TURNS as usize);
    let key = ThreadKey { graph: "Talk".into(), thread: ThreadId::new("a").unwrap() };
    let stored: usize =
        block_on(saver.range(&key, None, usize::MAX)).unwrap().iter().map(|(_, bytes)| bytes.len()).sum();
    let live = TURNS as usize * 208;
    assert!(stored <= 2 * live + live / 5 + 100 * TURNS as usize, "{stored} bytes for {live}");
}
