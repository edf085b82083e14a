//! LangGraph's own benchmark graphs, in this library and in LangGraph.
//!
//! The six graphs with the same inputs and the same work, on each kind of store, beside LangGraph itself, which `benches/langgraph` runs
//! where there is a Python. Part of every ratio is the interpreter. What no interpreter is to blame for stands in the last three tables:
//! bytes that are stored, nodes that run again after a kill, and how both grow with a conversation.

mod agent;
mod case;
mod counted;
mod fanout;
mod killed;
mod python;
mod sequential;
mod turns;
mod validated;
mod wide;

pub(crate) use killed::{VICTIM, victim};

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::{Session, Size};
use case::{Case, Measured};
use python::Theirs;

const OURS: &[&str] =
    &["by hand", "in memory", "`MemorySaver`", "sled, `Exit`", "sled, `Async`", "sled, `Sync`", "to the loop by hand"];

const THEIRS: &[&str] = &["no saver", "memory saver", "SQLite, `NORMAL`", "SQLite, `FULL`"];

const TIMES: &[&str] = &["no saver", "in memory", "`NORMAL` to `Async`", "`FULL` to `Sync`"];

const STORED: &[&str] = &["steps", "here, a step", "LangGraph, a step", "times", "here, store", "LangGraph, file"];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let path = session.path("counterparts");
    let theirs = Theirs::measure(session, &path.join("langgraph"));
    let [mut ours, mut times, mut ratios, mut stored] = [const { Vec::new() }; 4];
    for (number, case) in cases(session).into_iter().enumerate() {
        let measured = (case.measure)(session, &path.join(number.to_string()))?;
        let [floor, memory, ..] = measured.times;
        let figures = measured.times.into_iter().map(Figure::Nanos).chain([Figure::Times(memory / floor)]);
        ours.push(Row::new(&*case.name, figures.collect::<Vec<_>>()));
        for name in case.theirs {
            times.push(Row::new(&*name, theirs.times(&name).map(|nanos| nanos.map_or(Figure::None, Figure::Nanos))));
            ratios.push(ratio(&name, &measured, &theirs));
            stored.push(bytes(&name, &measured, &theirs));
        }
    }
    Ok(vec![
        Table { title: "LangGraph's graphs here, a run", columns: OURS, rows: ours },
        Table { title: "in LangGraph, a run", columns: THEIRS, rows: times },
        Table { title: "how many times as long LangGraph takes", columns: TIMES, rows: ratios },
        Table { title: "bytes put into the store", columns: STORED, rows: stored },
        killed::table(session, &path, &theirs)?,
        turns::table(session, &path, &theirs)?,
    ])
}

fn cases(session: &Session) -> Vec<Case> {
    let trial = session.size == Size::Trial;
    let sizes: &[usize] = if trial { &[2] } else { &[10, 100] };
    let wide: &[(usize, usize, usize)] = if trial { &[(2, 2, 3)] } else { &[(5, 5, 300), (3, 5, 600), (3, 3, 1_200)] };
    let fanout = sizes.iter().map(|&subjects| fanout::case(subjects));
    let agent = sizes.iter().map(|&rounds| agent::case(rounds));
    let plain = wide.iter().map(|&(outer, inner, goal)| wide::case(outer, inner, goal));
    let validated = wide.iter().map(|&(outer, inner, goal)| validated::case(outer, inner, goal));
    let sequential = std::iter::once_with(sequential::ten).chain((!trial).then(sequential::thousand));
    fanout.chain(agent).chain(plain).chain(validated).chain(sequential).collect()
}

/// LangGraph's times to those of the column here that promises the same.
fn ratio(name: &str, measured: &Measured, theirs: &Theirs) -> Row {
    let [_, none, memory, _, written, synced] = measured.times;
    let mut ratios = theirs.times(name);
    for (ratio, nanos) in ratios.iter_mut().zip([none, memory, written, synced]) {
        *ratio = ratio.map(|theirs| theirs / nanos);
    }
    let row = Row::new(name, ratios.map(|ratio| ratio.map_or(Figure::None, Figure::Times)));
    match ratios[3] {
        Some(ratio) if name.starts_with("sequential") => row.at_least(ratio, Figure::Times(50.0)),
        _ => row,
    }
}

fn bytes(name: &str, measured: &Measured, theirs: &Theirs) -> Row {
    let Measured { steps, bytes, store, .. } = *measured;
    let their = |key| theirs.number(&["cases", name, key]);
    let figure = |bytes: Option<f64>| bytes.map_or(Figure::None, |bytes| Figure::Bytes(bytes / steps));
    let times = their("bytes").map_or(Figure::None, |theirs| Figure::Times(theirs / bytes));
    let [here, there] = [figure(Some(bytes)), figure(their("bytes"))];
    Row::new(name, [Figure::Count(steps), here, there, times, figure(Some(store)), figure(their("file"))])
}
