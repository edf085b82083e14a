//! One thread whose state grows by a message at every step.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Checkpointer, Ctx, GraphState, StoreError, Update, graph};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
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
    cx.context().lock().expect("no step panics").push(Instant::now());
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

/// Runs the conversation and reads it, and prints what that took.
pub(crate) fn measure<C: Checkpointer + Clone>(
    path: &Path,
    steps: u32,
    store: fn(&Path) -> Result<C, StoreError>,
) -> Result<(), Box<dyn Error>> {
    let began = Began::default();
    let open =
        |saver: C| Talk::builder().context(began.clone()).checkpointer(saver).step_limit(u64::from(steps) + 1).build();
    let saver = store(path)?;
    let state = {
        let thread = open(saver.clone()).thread("talk");
        block_on(thread.invoke(Conversation::update().goal(steps)))?.finished()?
    };
    block_on(saver.flush())?;
    let running = bytes(path)?;
    drop(saver);
    let times: Vec<Duration> = {
        let began = began.lock().expect("no step panics");
        began.windows(2).map(|pair| pair[1] - pair[0]).collect()
    };
    let mean = |times: &[Duration]| times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap_or(1);
    let (first, last) = (mean(&times[..100]), mean(&times[times.len() - 100..]));
    println!("{steps} steps: the first 100 {first:?} each, the last 100 {last:?}, all {:?}", mean(&times));
    println!("  ratio {:.2}", last.as_secs_f64() / first.as_secs_f64());

    let encoded = bincode::serialize(&state)?;
    let bound = 3 * encoded.len() + 300 * steps as usize;
    println!("state {} B, store {running} B, closed {} B, bound {bound} B", encoded.len(), bytes(path)?);

    let decode = fastest(20, || {
        let state: Conversation = bincode::deserialize(&encoded).expect("the state reads back");
        drop(state);
    });
    let began = Instant::now();
    let saver = store(path)?;
    let opened = began.elapsed();
    let thread = open(saver.clone()).thread("talk");
    let began = Instant::now();
    let snapshot = block_on(thread.snapshot())?.ok_or("the thread is there")?;
    let cold = began.elapsed();
    assert_eq!(snapshot.state.messages.len(), steps as usize);
    let warm = fastest(20, || drop(block_on(thread.snapshot()).expect("the thread can be read")));
    println!("decode {decode:?}, open {opened:?}, head cold {cold:?}, warm {warm:?}");
    let whole = open(saver.clone()).thread("whole");
    block_on(whole.invoke((snapshot.state, Conversation::update().goal(0))))?.finished()?;
    let at = block_on(whole.snapshot())?.ok_or("the thread is there")?.parent.ok_or("a step")?;
    let floor = fastest(20, || drop(block_on(whole.at(at).snapshot()).expect("the thread can be read")));
    println!("a whole record {floor:?}");
    if std::env::var_os("READ").is_some() {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(8) {
            drop(block_on(thread.snapshot()).expect("the thread can be read"));
        }
        return Ok(());
    }

    for limit in [steps / 4, steps / 2, steps] {
        let began = Instant::now();
        let mut history = thread.history().limit(limit as usize);
        let mut read = 0;
        while block_on(history.try_next())?.is_some() {
            read += 1;
        }
        println!("history of {read}: {:?}", began.elapsed());
    }
    Ok(())
}

fn fastest(times: usize, mut call: impl FnMut()) -> Duration {
    let time = |_| {
        let began = Instant::now();
        call();
        began.elapsed()
    };
    (0..times).map(time).min().unwrap_or_default()
}

fn bytes(path: &Path) -> std::io::Result<u64> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { self::bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
