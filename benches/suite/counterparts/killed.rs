//! A chain of twelve nodes whose process is killed inside the seventh: how many nodes run again?

use super::python::Theirs;
use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::{Session, Size};
use futures_lite::future::block_on;
use graph_runtime::{Ctx, Durability, Graph, GraphState, SledSaver, Update, graph};
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// The first word of the command line of the process that is to be killed.
pub(crate) const VICTIM: &str = "victim";

const NODES: u32 = 12;
const DEADLY: u32 = 6;

#[derive(Debug, GraphState)]
struct Count {
    count: u32,
}

/// Where the nodes write that they ran, and whether one of them waits to be killed.
struct Log {
    file: PathBuf,
    deadly: bool,
}

fn link(count: &Count, cx: &Ctx<Log>) -> io::Result<impl Update<Count> + use<>> {
    let Log { file, deadly } = cx.context();
    writeln!(OpenOptions::new().create(true).append(true).open(file)?, "{}", count.count)?;
    if *deadly && count.count == DEADLY {
        println!("here");
        loop {
            thread::park();
        }
    }
    Ok(Count::update().count(count.count + 1))
}

graph! {
    graph Chain<Count, Log>;

    node n0 = link, n1 = link, n2 = link, n3 = link, n4 = link, n5 = link;
    node n6 = link, n7 = link, n8 = link, n9 = link, n10 = link, n11 = link;

    start -> n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> n8 -> n9 -> n10 -> n11 -> end;
}

fn open(directory: &Path, durability: &str, deadly: bool) -> Result<Graph<Chain>, Failure> {
    let durability = match durability {
        "Exit" => Durability::Exit,
        "Async" => Durability::Async,
        _ => Durability::Sync,
    };
    let saver = SledSaver::open(directory.join("store"))?;
    let log = Log { file: directory.join("log"), deadly };
    Ok(Chain::builder().context(log).checkpointer(saver).durability(durability).build())
}

/// The process that is killed: it has a directory and a durability as its words.
pub(crate) fn victim(mut words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut word = || words.next().ok_or("a word is missing");
    let (directory, durability) = (word()?, word()?);
    block_on(open(Path::new(&directory), &durability, true)?.thread("victim").invoke(()))?.finished()?;
    Ok(())
}

/// How many nodes ran more than once, where the kill comes so long after the seventh has begun.
fn again(directory: &Path, durability: &str, wait: Duration) -> Result<f64, Failure> {
    fs::create_dir_all(directory)?;
    let mut victim = Command::new(std::env::current_exe()?)
        .arg(VICTIM)
        .arg(directory)
        .arg(durability)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(victim.stdout.as_mut().ok_or("the pipe is there")?).read_line(&mut line)?;
    thread::sleep(wait);
    victim.kill()?;
    victim.wait()?;
    let graph = open(directory, durability, false)?;
    let end = block_on(graph.thread("victim").resume_or_invoke(()))?.finished()?;
    if end.count != NODES {
        return Err("the chain has come to a wrong end".into());
    }
    let ran = fs::read_to_string(directory.join("log"))?.lines().count();
    Ok(f64::from(u32::try_from(ran)?) - f64::from(NODES))
}

const COLUMNS: &[&str] = &["at once", "LangGraph", "after half a second", "LangGraph "];

pub(super) fn table(session: &Session, path: &Path, theirs: &Theirs) -> Result<Table, Failure> {
    let row = |durability: &str| {
        let mut figures = Vec::new();
        for (when, millis) in [("at once", 0), ("later", 500)] {
            if session.size == Size::Trial && millis > 0 {
                figures.extend([Figure::None; 2]);
                continue;
            }
            let name = format!("{durability} {when}");
            let here = again(&path.join(&name), durability, Duration::from_millis(millis))?;
            let there = theirs.number(&["again", &name]);
            figures.extend([Figure::Count(here), there.map_or(Figure::None, Figure::Count)]);
        }
        Ok(Row::new(format!("`{durability}`"), figures))
    };
    let rows = ["Sync", "Async", "Exit"].map(row).into_iter().collect::<Result<_, Failure>>()?;
    Ok(Table { title: "killed in the 7th of 12 nodes: nodes that run again", columns: COLUMNS, rows })
}
