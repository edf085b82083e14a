//! A conversation whose every turn adds two messages of 1 kB.

use super::counted::Counted;
use super::python::Theirs;
use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::rounds::quartiles;
use crate::session::{Session, Size};
use futures_lite::future::block_on;
use graph_runtime::{GraphState, SledSaver, Update, graph};
use std::path::Path;
use std::time::Instant;

const MESSAGE: usize = 1_000;
const LAST: usize = 20;

#[derive(Debug, GraphState)]
struct Talk {
    #[reduce(append)]
    messages: Vec<String>,
}

fn text(number: usize) -> String {
    format!("{number:0MESSAGE$}")
}

fn say(talk: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().messages([text(talk.messages.len())])
}

graph! {
    graph Talking<Talk>;

    node say;

    start -> say -> end;
}

/// Nanoseconds of a turn near the end, and the bytes of all of them.
fn grow(path: &Path, turns: usize) -> Result<[f64; 2], Failure> {
    let counted = Counted::new(SledSaver::open(path)?);
    let thread = Talking::builder().checkpointer(counted.clone()).build().thread("talk");
    let mut times = Vec::new();
    for turn in 0..turns {
        let given = Talk::update().messages([text(2 * turn)]);
        let began = Instant::now();
        let talk = block_on(thread.invoke(given))?.finished()?;
        times.push(began.elapsed().as_secs_f64() * 1e9);
        if talk.messages.len() != 2 * (turn + 1) {
            return Err("the conversation has come to a wrong end".into());
        }
    }
    Ok([quartiles(times[turns.saturating_sub(LAST)..].iter().copied())[1], counted.bytes()])
}

const COLUMNS: &[&str] = &["stored, a turn", "LangGraph", "times", "time of a turn", "LangGraph ", "times "];

pub(super) fn table(session: &Session, path: &Path, theirs: &Theirs) -> Result<Table, Failure> {
    let lengths: &[u32] = if session.size == Size::Trial { &[10] } else { &[100, 400, 1_600] };
    let mut rows = Vec::new();
    for &turns in lengths {
        let name = turns.to_string();
        let [time, bytes] = grow(&path.join(format!("turns-{name}")), turns as usize)?;
        let pair = |figure: fn(f64) -> Figure, here: f64, there: Option<f64>| {
            let times = there.map_or(Figure::None, |there| Figure::Times(there / here));
            [figure(here), there.map_or(Figure::None, figure), times]
        };
        let bytes = bytes / f64::from(turns);
        let their_bytes = theirs.number(&["turns", &name, "bytes"]).map(|bytes| bytes / f64::from(turns));
        let their_time = theirs.number(&["turns", &name, "turn"]).map(|seconds| seconds * 1e9);
        let figures = [pair(Figure::Bytes, bytes, their_bytes), pair(Figure::Nanos, time, their_time)].concat();
        rows.push(Row::new(format!("{turns} turns"), figures));
    }
    Ok(Table { title: "a conversation, 2 kB a turn", columns: COLUMNS, rows })
}
