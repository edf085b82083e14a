//! One thread whose state grows: by a message at every step of one run, and by two in every turn of a conversation.

mod ages;
mod alone;
mod hand;
mod turns;

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::{Session, bytes};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Ctx, GraphState, RedbSaver, SledSaver, StoreError, Thread, ThreadId, ThreadKey, Update, graph,
};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default, GraphState, Serialize, Deserialize)]
struct Conversation {
    goal: u32,
    #[reduce(append)]
    messages: Vec<String>,
}

/// When each step began.
type Began = Arc<Mutex<Vec<Instant>>>;

const MESSAGE_BYTES: usize = 200;

fn say(conversation: &Conversation, cx: &Ctx<Began>) -> impl Update<Conversation> + use<> {
    cx.context().lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    let number = conversation.messages.len();
    Conversation::update().messages([format!("{number:0MESSAGE_BYTES$}")])
}

fn enough(conversation: &Conversation) -> bool {
    conversation.messages.len() >= conversation.goal as usize
}

graph! {
    graph Talk<Conversation, Began>;

    node say;

    start -> say -> match enough {
        true => end,
        false => say,
    };
}

/// The columns: the same conversation on each engine.
const COLUMNS: &[&str] = &["figure"];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let steps = session.pick(20, 10_000, 10_000);
    let path = session.path("growth");
    let mut tables = vec![
        Table {
            title: "growth on sled",
            columns: COLUMNS,
            rows: rows(session, &path.join("sled"), steps, |path| SledSaver::open(path), alone::sled)?,
        },
        Table {
            title: "growth on redb",
            columns: COLUMNS,
            rows: rows(session, &path.join("redb"), steps, |path| RedbSaver::open(path), alone::redb)?,
        },
    ];
    tables.extend(turns::tables(session)?);
    Ok(tables)
}

fn row(case: impl Into<String>, figure: Figure) -> Row {
    Row::new(case, [figure])
}

/// Runs the conversation and reads it.
fn rows<C: Checkpointer + Clone>(
    session: &Session,
    path: &Path,
    steps: u32,
    store: fn(&Path) -> Result<C, StoreError>,
    alone: fn(&Path, &Path) -> Result<u64, Failure>,
) -> Result<Vec<Row>, Failure> {
    let began = Began::default();
    let thread = |saver: &C, name: &str| {
        let graph = Talk::builder().context(began.clone()).checkpointer(saver.clone());
        graph.step_limit(u64::from(steps) + 1).build().thread(name)
    };
    let saver = store(path)?;
    let state = block_on(thread(&saver, "talk").invoke(Conversation::update().goal(steps)))?.finished()?;
    let [first, last] = paces(&began.lock().unwrap_or_else(PoisonError::into_inner));
    let encoded = bincode::serialize(&state)?;
    let live = whole(encoded.len());
    let bound = 3.0 * live + 300.0 * f64::from(steps);
    let records = whole(records(&saver)?);
    drop(saver);
    #[expect(clippy::cast_precision_loss, reason = "no store here has 2^52 bytes")]
    let [stored, floor] = [bytes(path)?, alone(path, &path.with_extension("alone"))?].map(|bytes| bytes as f64);
    let above = stored / floor;

    let opening = Instant::now();
    let saver = store(path)?;
    let opening = opening.elapsed();
    let talk = thread(&saver, "talk");
    let cold = Instant::now();
    let snapshot = block_on(talk.snapshot())?.ok_or("the thread is there")?;
    let cold = cold.elapsed();
    let warm = fastest(|| drop(block_on(talk.snapshot()).expect("the thread can be read")));
    let one = fastest(reading_whole(&thread(&saver, "whole"), snapshot.state)?);
    let by_hand = fastest(|| drop(bincode::deserialize::<Conversation>(&encoded).expect("it reads back")));
    // Before it gets longer.
    let listed = listings(&talk, steps)?;
    let new = store(&path.with_extension("new"))?;
    let [young, old] =
        [(&new, 0), (&saver, steps)].map(|(saver, taken)| ages::steps(began.clone(), thread(saver, "talk"), taken));
    let ages = ages::compare(session, young, old);
    let pace = last.as_secs_f64() / first.as_secs_f64();
    let heads = warm.as_secs_f64() / one.as_secs_f64();
    let mut rows = vec![
        row(format!("{steps} steps of {MESSAGE_BYTES} B, synced: one of the first 100"), Figure::time(first)),
        row("one of the last 100", Figure::time(last)),
        row("the last to the first", Figure::Times(pace)).at_most(pace, Figure::Times(1.5)),
        row(format!("one behind {steps} to one of a new thread, in turns"), Figure::Spread(ages))
            .at_most(ages[1], Figure::Times(1.5)),
        row("the state, encoded", Figure::Bytes(live)),
        row("its records", Figure::Bytes(records)).at_most(records, Figure::Bytes(bound)),
        row("the store, closed", Figure::Bytes(stored)).at_most(stored, Figure::Bytes(bound)),
        row("the engine alone, given the same, closed", Figure::Bytes(floor)),
        row("one to the other", Figure::Times(above)),
        row("opening the store", Figure::time(opening)),
        row("reading the head, cold", Figure::time(cold)),
        row("reading the head", Figure::time(warm)),
        row("reading a record with all of that state", Figure::time(one)),
        row("one to the other", Figure::Times(heads)).at_most(heads, Figure::Times(2.0)),
        row("decoding that state from memory, by hand", Figure::time(by_hand)),
    ];
    rows.extend(listed);
    Ok(rows)
}

/// How long the first and the last steps took.
fn paces(began: &[Instant]) -> [Duration; 2] {
    ends(&began.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>())
}

/// The means of the first hundred times and of the last.
fn ends(times: &[Duration]) -> [Duration; 2] {
    let mean = |times: &[Duration]| times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap_or(1);
    let hundred = times.len().min(100);
    [mean(&times[..hundred]), mean(&times[times.len() - hundred..])]
}

fn whole(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// The bytes of the thread's records.
fn records(saver: &impl Checkpointer) -> Result<usize, Failure> {
    let key = ThreadKey { graph: "Talk".into(), thread: ThreadId::new("talk")? };
    let (mut before, mut bytes) = (None, 0);
    loop {
        let page = block_on(saver.range(&key, before, 256))?;
        let Some((oldest, _)) = page.last() else { return Ok(bytes) };
        before = Some(*oldest);
        bytes += page.iter().map(|(_, record)| record.len()).sum::<usize>();
    }
}

/// Reads a checkpoint of another thread, which has the same state in one record.
fn reading_whole(thread: &Thread<Talk>, state: Conversation) -> Result<impl FnMut() + '_, Failure> {
    block_on(thread.invoke((state, Conversation::update().goal(0))))?.finished()?;
    let input = block_on(thread.snapshot())?.and_then(|newest| newest.parent).ok_or("a step follows its input")?;
    Ok(move || drop(block_on(thread.at(input).snapshot()).expect("the thread can be read")))
}

/// All checkpoints, without their states and with them: twice as many should take twice as long.
fn listings(thread: &Thread<Talk>, steps: u32) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for limit in [steps / 2, steps] {
        let began = Instant::now();
        let mut outlines = thread.history().limit(limit as usize).outlines();
        while block_on(outlines.try_next())?.is_some() {}
        rows.push(row(format!("listing {limit} checkpoints"), Figure::time(began.elapsed())));
    }
    for limit in [steps / 2, steps] {
        let began = Instant::now();
        let mut history = thread.history().limit(limit as usize);
        while block_on(history.try_next())?.is_some() {}
        rows.push(row(format!("a history of {limit}, with the states"), Figure::time(began.elapsed())));
    }
    Ok(rows)
}

fn fastest(mut call: impl FnMut()) -> Duration {
    let time = |_| {
        let began = Instant::now();
        call();
        began.elapsed()
    };
    (0..20).map(time).min().unwrap_or_default()
}
