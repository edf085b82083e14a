//! A conversation of many turns: a person says something, and is answered.
//!
//! Every turn is a call of its own, which reads the thread's newest checkpoint and leaves three more: what was said, and what each
//! of two nodes made of it.

use super::{COLUMNS, ages, ends, fastest, hand, row, whole};
use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::rounds::Run;
use crate::session::{Session, bytes, cool};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, GraphState, RedbSaver, SledSaver, StoreError, Thread, Update, graph};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(Debug, Default, GraphState, Serialize, Deserialize)]
struct Dialogue {
    thoughts: u64,
    #[reduce(append)]
    messages: Vec<String>,
}

fn think(dialogue: &Dialogue) -> impl Update<Dialogue> + use<> {
    Dialogue::update().thoughts(dialogue.thoughts + 1)
}

fn answer(dialogue: &Dialogue) -> impl Update<Dialogue> + use<> {
    Dialogue::update().messages([hand::message(dialogue.thoughts)])
}

graph! {
    graph Chat<Dialogue>;

    node think, answer;

    start -> think -> answer -> end;
}

/// The checkpoints of a turn.
const CHECKPOINTS: u64 = 3;

pub(super) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let turns = session.pick(40, 2_000, 10_000);
    let path = session.path("turns");
    let table = |title, rows| Table { title, columns: COLUMNS, rows };
    Ok(vec![
        table("turns on sled", rows(session, &path.join("sled"), turns, |path| SledSaver::open(path))?),
        table("turns on redb", rows(session, &path.join("redb"), turns, |path| RedbSaver::open(path))?),
        table("turns by hand", hand::rows(&path, turns, session.pick(40, 500, 1_000))?),
    ])
}

/// Holds the conversation and reads it.
fn rows<C: Checkpointer + Clone>(
    session: &Session,
    path: &Path,
    turns: u32,
    store: fn(&Path) -> Result<C, StoreError>,
) -> Result<Vec<Row>, Failure> {
    let thread = |saver: &C| Chat::builder().checkpointer(saver.clone()).build().thread("chat");
    let saver = store(path)?;
    let times = talk(&thread(&saver), turns)?;
    let [first, last] = ends(&times);
    drop(saver);
    #[expect(clippy::cast_precision_loss, reason = "no store here has 2^52 bytes")]
    let stored = bytes(path)? as f64;

    cool(path)?;
    let began = Instant::now();
    let saver = store(path)?;
    let opening = began.elapsed();
    let chat = thread(&saver);
    let began = Instant::now();
    let snapshot = block_on(chat.snapshot())?.ok_or("the thread is there")?;
    let cold = began.elapsed();
    let encoded = bincode::serialize(&snapshot.state)?;
    let live = whole(encoded.len());
    let warm = fastest(|| drop(block_on(chat.snapshot()).expect("the thread can be read")));
    let by_hand = fastest(|| drop(bincode::deserialize::<Dialogue>(&encoded).expect("it reads back")));
    // Before it gets longer.
    let mut listed = listings(&chat, turns)?;
    listed.extend(travels(&chat, turns)?);
    let new = thread(&store(&path.with_extension("new"))?);
    let ages = ages::compare(session, run(new, 0), run(chat, turns));
    let mut rows = vec![
        row(format!("{turns} turns, synced: one of the first 100"), Figure::time(first)),
        row("one of the last 100", Figure::time(last)),
        row(
            format!("one behind {turns} to one of a new thread, in turns, but for reading the state"),
            Figure::Spread(ages),
        )
        .at_most(ages[1], Figure::Times(1.5)),
        row("the state, encoded", Figure::Bytes(live)),
        row("the store, closed", Figure::Bytes(stored)),
        row("a turn, on the disk", Figure::Bytes(stored / f64::from(turns))),
        row("opening the store, cold", Figure::time(opening)),
        row("reading the head, cold", Figure::time(cold)),
        row("reading the head", Figure::time(warm)),
        row("decoding that state from memory, by hand", Figure::time(by_hand)),
    ];
    rows.extend(listed);
    Ok(rows)
}

/// How long each of the turns took.
fn talk(chat: &Thread<Chat>, turns: u32) -> Result<Vec<Duration>, Failure> {
    (0..turns).map(|turn| say(chat, turn)).collect()
}

/// How long a turn took. The state is dropped within that time: whoever asked for it has it to drop.
fn say(chat: &Thread<Chat>, turn: u32) -> Result<Duration, Failure> {
    let said = Dialogue::update().messages([hand::message(u64::from(turn))]);
    let began = Instant::now();
    block_on(chat.invoke(said))?.finished()?;
    Ok(began.elapsed())
}

/// The turns of a round.
const TURNS: u32 = 10;

/// Takes turns of a round, and times them, but for what it takes to read the state, which each of them does once.
fn run(chat: Thread<Chat>, mut taken: u32) -> Run {
    Box::new(move || {
        let turns = taken..taken + TURNS;
        taken = turns.end;
        let beside = turns.map(|turn| {
            let began = Instant::now();
            drop(block_on(chat.snapshot()).expect("the thread can be read"));
            let read = began.elapsed();
            say(&chat, turn).expect("the thread goes on").saturating_sub(read)
        });
        beside.sum()
    })
}

/// All checkpoints without their states, and the newest with them, each of which is as large as all that was said.
fn listings(chat: &Thread<Chat>, turns: u32) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let all = usize::try_from(u64::from(turns) * CHECKPOINTS)?;
    for limit in [all / 2, all] {
        let began = Instant::now();
        let mut outlines = chat.history().limit(limit).outlines();
        while block_on(outlines.try_next())?.is_some() {}
        rows.push(row(format!("listing {limit} checkpoints"), Figure::time(began.elapsed())));
    }
    let limit = all.min(100);
    let began = Instant::now();
    let mut history = chat.history().limit(limit);
    while block_on(history.try_next())?.is_some() {}
    let each = began.elapsed() / u32::try_from(limit)?;
    rows.push(row(format!("one of the newest {limit}, with its state"), Figure::time(each)));
    Ok(rows)
}

/// Reads a past checkpoint, and runs the thread again from there. What that costs is a matter of its state, not of what has come
/// after it.
fn travels(chat: &Thread<Chat>, turns: u32) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for id in [100, 1_000, 10_000].map(|id| CheckpointId(id + 2)) {
        // The input of a turn, so that there is something to run.
        let id = CheckpointId(id.0 - id.0 % CHECKPOINTS + 1);
        if id.0 > u64::from(turns) * CHECKPOINTS {
            break;
        }
        let past = chat.at(id);
        let read = fastest(|| drop(block_on(past.snapshot()).expect("the checkpoint can be read")));
        rows.push(row(format!("reading checkpoint {}", id.0), Figure::time(read)));
        let encoded = bincode::serialize(&block_on(past.snapshot())?.state)?;
        let by_hand = fastest(|| drop(bincode::deserialize::<Dialogue>(&encoded).expect("it reads back")));
        rows.push(row("decoding its state from memory, by hand", Figure::time(by_hand)));
        let fork = fastest(|| drop(block_on(past.fork(())).expect("the branch runs")));
        rows.push(row(format!("a branch from checkpoint {}: two nodes, synced", id.0), Figure::time(fork)));
    }
    Ok(rows)
}
