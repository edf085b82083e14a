//! A reply that was acknowledged is never lost and never used twice, whenever the process is killed.
//!
//! The test kills real processes (SIGKILL) that start threads over the sled saver, reply to what they ask, and pick up what
//! the process before has left: 40 of them. Longer, and with other instants:
//!
//! ```text
//! CRASH_KILLS=5000 CRASH_SEED=7 cargo test -p graph-tests --test crash_pauses -- --nocapture
//! ```
//!
//! What a process says on its standard output counts as acknowledged; what a pause does with a reply is a line in a file.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::{StreamExt, future::block_on};
use graph_runtime::{
    BoxError, Ctx, Durability, Error, Graph, GraphState, SledSaver, Snapshot, Status, Thread, Update, Waiting, graph,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

/// What a child does: `run` until it is killed, or `finish` every thread there is.
const ROLE: &str = "CRASH_PAUSES_ROLE";
const DIRECTORY: &str = "CRASH_PAUSES_DIRECTORY";
const ROUND: &str = "CRASH_PAUSES_ROUND";

/// How many questions a thread asks: two side by side in each turn.
const TURNS: u64 = 3;

#[derive(GraphState, Debug)]
struct Talk {
    turns: u64,
    /// The replies, in the order in which they were used.
    #[reduce(append)]
    said: Vec<String>,
    #[reduce(add)]
    ticks: u64,
}

/// What the nodes of one process share.
struct Process {
    effects: File,
}

impl Process {
    /// What a pause does with its reply: a line that outlives the process, as what is written does until the power goes.
    fn used(cx: &Ctx<Process>, reply: &str) -> Result<(), BoxError> {
        let thread = cx.thread_id().ok_or("a thread")?;
        let mut effects = &cx.context().effects;
        effects.write_all(format!("{thread} {reply}\n").as_bytes())?;
        Ok(())
    }
}

fn begin(talk: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().turns(talk.turns + 1)
}

fn turn(talk: &Talk) -> u64 {
    talk.turns
}

fn left(_: &Talk, reply: &String, cx: &Ctx<Process>) -> Result<impl Update<Talk> + use<>, BoxError> {
    Process::used(cx, reply)?;
    Ok(Talk::update().said([reply.clone()]))
}

async fn right(_: &Talk, reply: &String, cx: &Ctx<Process>) -> Result<impl Update<Talk> + use<>, BoxError> {
    Process::used(cx, reply)?;
    futures_lite::future::yield_now().await;
    Ok(Talk::update().said([reply.clone()]))
}

fn tick(_: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().ticks(1)
}

fn enough(talk: &Talk) -> bool {
    talk.turns == TURNS
}

graph! {
    graph Talking<Talk, Process>;
    node begin, tick;
    pause left(String) asks turn;
    pause right(String) asks turn;
    start -> begin -> (left, right -> tick) -> match enough { true => end, false => begin };
}

fn say(line: std::fmt::Arguments<'_>) {
    println!("{line}");
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    say(format_args!("\nopening"));
    let saver = SledSaver::open(directory.join("store")).unwrap();
    say(format_args!("opened"));
    let effects = OpenOptions::new().append(true).create(true).open(directory.join("effects")).unwrap();
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let durability = [Durability::Sync, Durability::Async, Durability::Exit][usize::try_from(round % 3).unwrap()];
    let graph = Talking::builder().context(Process { effects }).checkpointer(saver).durability(durability).build();
    block_on(async {
        let mut number = 0;
        let mut recovered = graph.recover();
        while let Some(next) = recovered.next().await {
            match next.unwrap().1 {
                // A process that is killed five times at one place is no mistake here.
                Ok(_) | Err(Error::NoProgress { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let mut threads = graph.threads();
        while let Some(summary) = threads.next().await {
            let summary = summary.unwrap();
            let thread = graph.thread(summary.id.as_str());
            thread.verify().await.unwrap();
            show(&thread.snapshot().await.unwrap().unwrap(), &thread);
            converse(&thread, round).await;
            number += 1;
        }
        if role == "run" {
            talk(&graph, number, round).await;
        }
    });
}

/// Starts one thread after the other.
async fn talk(graph: &Graph<Talking>, first: u64, round: u64) {
    for number in first.. {
        converse(&graph.thread(format!("talk-{number:06}")), round).await;
    }
}

/// Replies until the thread is at its end, now to the one pause and now to the other, now driving and now not.
async fn converse(thread: &Thread<Talking>, round: u64) {
    for attempt in 0_u64.. {
        let Some(snapshot) = thread.snapshot().await.unwrap() else {
            let _ = thread.invoke(()).await.unwrap();
            continue;
        };
        if snapshot.status == Status::Finished {
            show(&snapshot, thread);
            return;
        }
        let open = snapshot.waiting.len();
        let Some(waiting) = snapshot.waiting.get(usize::try_from(attempt + round).unwrap() % open.max(1)) else {
            let _ = thread.resume().await.unwrap();
            continue;
        };
        reply(thread, waiting, round, attempt).await;
    }
}

async fn reply(thread: &Thread<Talking>, waiting: &Waiting, round: u64, attempt: u64) {
    let turn: u64 = waiting.question().unwrap();
    let text = format!("{}/{turn}/{round}.{attempt}", waiting.node());
    let answer = match waiting.node() {
        "left" => TalkingReply::Left(text.clone()),
        _ => TalkingReply::Right(text.clone()),
    };
    let call = thread.reply_to(waiting.id(), answer).by("alice");
    let replied = if (round + attempt).is_multiple_of(2) { call.deliver().await } else { call.await.map(drop) };
    match replied {
        Ok(()) => say(format_args!("ack {} {text}", thread.id())),
        Err(Error::AlreadyReplied { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Says which replies a thread has used.
fn show(snapshot: &Snapshot<Talking>, thread: &Thread<Talking>) {
    let state = &snapshot.state;
    for text in &state.said {
        say(format_args!("used {} {text}", thread.id()));
    }
    if snapshot.status == Status::Finished {
        assert_eq!((state.turns, state.ticks, state.said.len() as u64), (TURNS, TURNS, 2 * TURNS), "{state:?}");
    }
}

/// The processes that are killed, and what they have said.
struct Rounds {
    directory: PathBuf,
    round: u64,
    random: u64,
    /// The replies that were acknowledged, and those that were seen used, of each thread.
    acknowledged: BTreeMap<String, BTreeSet<String>>,
    used: BTreeMap<String, BTreeSet<String>>,
}

impl Rounds {
    fn new(directory: &Path, seed: u64) -> Rounds {
        Rounds {
            directory: directory.to_owned(),
            round: 0,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            acknowledged: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    fn spawn(&mut self, role: &str) -> (Child, BufReader<ChildStdout>) {
        self.round += 1;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(DIRECTORY, &self.directory)
            .env(ROUND, self.round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        (child, stdout)
    }

    /// Lets a process bring every thread to its end.
    fn finish(&mut self) {
        let (child, mut stdout) = self.spawn("finish");
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "it failed: {}", String::from_utf8_lossy(&ended.stderr));
        self.learn(&said);
    }

    fn kill(&mut self) {
        let (mut child, mut stdout) = self.spawn("run");
        let mut said = String::new();
        wait_for(&mut stdout, "opened", &mut said);
        // Some die while they pick up what is left, others some replies later.
        for _ in 0..self.below(8) {
            wait_for(&mut stdout, "ack", &mut said);
        }
        std::thread::sleep(Duration::from_micros(self.below(5_000)));
        child.kill().unwrap();
        stdout.read_to_string(&mut said).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.code().is_none(), "it ended by itself: {}", String::from_utf8_lossy(&ended.stderr));
        // The last line may be cut off.
        let said = said.rsplit_once('\n').map_or("", |(lines, _)| lines).to_owned();
        self.learn(&said);
    }

    fn learn(&mut self, said: &str) {
        for line in said.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let (known, thread, text) = match words[..] {
                ["ack", thread, text] => (&mut self.acknowledged, thread, text),
                ["used", thread, text] => (&mut self.used, thread, text),
                _ => continue,
            };
            known.entry(thread.to_owned()).or_default().insert(text.to_owned());
        }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    /// Compares what was acknowledged, what the threads say they used, and what their pauses did; returns how many replies
    /// were used and how many executions were repeated.
    fn compare(&self) -> (usize, usize) {
        for (thread, texts) in &self.used {
            let pauses: BTreeSet<_> = texts.iter().map(|text| text.rsplit_once('/').unwrap().0).collect();
            assert_eq!(pauses.len(), texts.len(), "`{thread}` used two replies to one pause: {texts:?}");
            assert_eq!(pauses.len() as u64, 2 * TURNS, "`{thread}` is not at its end");
        }
        for (thread, texts) in &self.acknowledged {
            let lost: Vec<_> =
                texts.iter().filter(|text| !self.used.get(thread).is_some_and(|used| used.contains(*text))).collect();
            assert!(lost.is_empty(), "`{thread}` lost replies that were acknowledged: {lost:?}");
        }
        let effects = fs::read_to_string(self.directory.join("effects")).unwrap();
        let mut executions = 0;
        for line in effects.lines() {
            let (thread, text) = line.split_once(' ').expect("a whole line");
            assert!(
                self.used[thread].contains(text),
                "`{thread}` had an effect of a reply that it did not use: {text}"
            );
            executions += 1;
        }
        let used = self.used.values().map(BTreeSet::len).sum();
        (used, executions - used)
    }
}

#[test]
fn an_acknowledged_reply_survives_every_kill_and_is_used_once() {
    let kills = number("CRASH_KILLS").unwrap_or(40);
    let seed = number("CRASH_SEED").unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::from(since.subsec_nanos())
    });
    println!("CRASH_KILLS={kills} CRASH_SEED={seed}");
    let directory = tempfile::tempdir().unwrap();
    let mut rounds = Rounds::new(directory.path(), seed);
    for _ in 0..kills {
        rounds.kill();
    }
    rounds.finish();
    let (used, repeated) = rounds.compare();
    let acknowledged: usize = rounds.acknowledged.values().map(BTreeSet::len).sum();
    println!(
        "{kills} kills: {used} replies used by {} threads, {acknowledged} seen acknowledged; {repeated} executions repeated",
        rounds.used.len()
    );
    // Between two stores, `Exit` may have both pauses of every turn.
    assert!(repeated as u64 <= kills * 2 * TURNS, "{repeated} executions too many for {kills} kills");
    assert!(used as u64 > kills, "hardly a process came to run: {used} replies");
}

/// Reads until a line holds the given word: the test harness may have begun the line.
fn wait_for(stdout: &mut BufReader<ChildStdout>, word: &str, said: &mut String) {
    let mut begin = said.len();
    while !said[begin..].contains(word) {
        begin = said.len();
        assert_ne!(stdout.read_line(said).unwrap(), 0, "the child ended before it said `{word}`");
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().expect("a number"))
}
