//! One thread whose state grows by a message at every step.

use crate::report::{at_most, head, row, time};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Checkpointer, Ctx, GraphState, StoreError, Thread, ThreadId, ThreadKey, Update, graph};
use serde::{Deserialize, Serialize};
use std::error::Error;
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

/// Runs the conversation, reads it, and prints what that took.
pub(crate) fn measure<C: Checkpointer + Clone>(
    name: &str,
    path: &Path,
    steps: u32,
    store: fn(&Path) -> Result<C, StoreError>,
) -> Result<(), Box<dyn Error>> {
    head(&format!("{name}, {steps} steps of {MESSAGE_BYTES} bytes, synced"));
    let began = Began::default();
    let thread = |saver: &C, name: &str| {
        let graph = Talk::builder().context(began.clone()).checkpointer(saver.clone());
        graph.step_limit(u64::from(steps) + 1).build().thread(name)
    };
    let saver = store(path)?;
    let state = block_on(thread(&saver, "talk").invoke(Conversation::update().goal(steps)))?.finished()?;
    paces(&began.lock().unwrap_or_else(PoisonError::into_inner));

    let encoded = bincode::serialize(&state)?;
    let megabytes = |bytes: usize| f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6;
    let target = megabytes(3 * encoded.len() + 300 * steps as usize);
    row("the state", format!("{:.2} MB", megabytes(encoded.len())));
    at_most("its records", megabytes(records(&saver)?), target, "MB");
    drop(saver);
    at_most("the store, closed", megabytes(bytes(path)?), target, "MB");

    let opening = Instant::now();
    let saver = store(path)?;
    row("opening the store", time(opening.elapsed()));
    let talk = thread(&saver, "talk");
    let first = Instant::now();
    let snapshot = block_on(talk.snapshot())?.ok_or("the thread is there")?;
    row("reading the head, cold", time(first.elapsed()));
    let warm = fastest(|| drop(block_on(talk.snapshot()).expect("the thread can be read")));
    row("reading the head", time(warm));
    let whole = fastest(reading_whole(&thread(&saver, "whole"), snapshot.state)?);
    row("reading a record with all of that state", time(whole));
    at_most("one to the other", warm.as_secs_f64() / whole.as_secs_f64(), 2.0, "×");
    row(
        "decoding that state from memory, by hand",
        time(fastest(|| drop(bincode::deserialize::<Conversation>(&encoded).expect("it reads back")))),
    );
    listings(&talk, steps)
}

/// How long the first and the last steps took.
fn paces(began: &[Instant]) {
    let times: Vec<Duration> = began.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = |times: &[Duration]| times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap_or(1);
    let hundred = times.len().min(100);
    let (first, last) = (mean(&times[..hundred]), mean(&times[times.len() - hundred..]));
    row("a step of the first 100", time(first));
    row("a step of the last 100", time(last));
    at_most("the last to the first", last.as_secs_f64() / first.as_secs_f64(), 1.5, "×");
}

/// The bytes of the thread's records.
fn records(saver: &impl Checkpointer) -> Result<usize, Box<dyn Error>> {
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
fn reading_whole(thread: &Thread<Talk>, state: Conversation) -> Result<impl FnMut() + '_, Box<dyn Error>> {
    block_on(thread.invoke((state, Conversation::update().goal(0))))?.finished()?;
    let input = block_on(thread.snapshot())?.and_then(|newest| newest.parent).ok_or("a step follows its input")?;
    Ok(move || drop(block_on(thread.at(input).snapshot()).expect("the thread can be read")))
}

/// All checkpoints, without their states and with them: twice as many should take twice as long.
fn listings(thread: &Thread<Talk>, steps: u32) -> Result<(), Box<dyn Error>> {
    for limit in [steps / 2, steps] {
        let began = Instant::now();
        let mut outlines = thread.history().limit(limit as usize).outlines();
        while block_on(outlines.try_next())?.is_some() {}
        row(format!("listing {limit} checkpoints"), time(began.elapsed()));
    }
    for limit in [steps / 2, steps] {
        let began = Instant::now();
        let mut history = thread.history().limit(limit as usize);
        while block_on(history.try_next())?.is_some() {}
        row(format!("a history of {limit}, with the states"), time(began.elapsed()));
    }
    Ok(())
}

fn fastest(mut call: impl FnMut()) -> Duration {
    let time = |_| {
        let began = Instant::now();
        call();
        began.elapsed()
    };
    (0..20).map(time).min().unwrap_or_default()
}

fn bytes(path: &Path) -> std::io::Result<usize> {
    if path.is_file() {
        return Ok(usize::try_from(path.metadata()?.len()).unwrap_or(usize::MAX));
    }
    std::fs::read_dir(path)?.map(|entry| bytes(&entry?.path())).sum()
}
