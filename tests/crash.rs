//! No acknowledged step is lost and no step is applied twice, whenever the process is killed.
//!
//! The test kills real processes (SIGKILL) that run a graph over the sled saver with `Durability::Sync`: 300 of them, two
//! fifths while they open the store or recover what the kill before has left. Longer, and with other instants:
//!
//! ```text
//! CRASH_KILLS=10000 CRASH_SEED=7 cargo test -p graph-tests --test crash -- --nocapture
//! ```
//!
//! What a process says on its standard output counts as acknowledged; what its nodes do is a line in a file.

use futures_lite::{StreamExt, future::block_on};
use graph_runtime::{
    BoxError, Ctx, Durability, Error, Graph, GraphState, SledSaver, Status, Thread, Update, graph, serde,
};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// What a child does: `run` until it is killed, `recover` and then run, `finish` one thread, or `verify` all of them.
const ROLE: &str = "CRASH_ROLE";
const DIRECTORY: &str = "CRASH_DIRECTORY";
const ROUND: &str = "CRASH_ROUND";

/// The entries of a thread; it takes two steps for each and one to close.
const ENTRIES: u64 = 12;
const STEPS: u64 = 2 * ENTRIES + 1;

/// A ledger whose entries follow from their number, so that whoever reads it can tell what is missing or there twice.
#[derive(GraphState, Debug)]
struct Ledger {
    written: u64,
    checked: u64,
    closed: bool,
    #[reduce(append)]
    entries: Vec<Entry>,
    #[reduce(add)]
    total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(crate = "graph_runtime::serde")]
struct Entry {
    number: u64,
    content: Vec<u8>,
}

impl Entry {
    fn new(number: u64) -> Entry {
        let bytes = number.wrapping_mul(733) % 2_000;
        let content = (0..bytes).map(|place| (place.wrapping_mul(31) ^ number).to_le_bytes()[0]).collect();
        Entry { number, content }
    }
}

impl Ledger {
    /// Says what is wrong with a state that no run of the graph can reach by whole steps.
    fn check(&self, step: u64) -> Result<(), String> {
        let expect = |what: &str, found: u64, wanted: u64| {
            if found == wanted { Ok(()) } else { Err(format!("step {step}: {what} is {found}, not {wanted}")) }
        };
        let (written, checked) = (step.min(STEPS - 1).div_ceil(2), step.min(STEPS - 1) / 2);
        expect("written", self.written, written)?;
        expect("checked", self.checked, checked)?;
        expect("total", self.total, (0..checked).sum())?;
        expect("closed", self.closed.into(), u64::from(step == STEPS))?;
        let entries: Vec<_> = (0..written).map(Entry::new).collect();
        if self.entries == entries { Ok(()) } else { Err(format!("step {step}: the entries are others")) }
    }
}

/// What the nodes of one process share.
struct Process {
    round: u64,
    effects: File,
    /// The thread and the step that ran last.
    last: Mutex<(String, u64)>,
}

impl Process {
    /// The effect of a node: a line that outlives the process, as what is written does until the power goes. That the node
    /// runs tells that the step before is acknowledged, if this process took that step.
    fn effect(cx: &Ctx<Process>) -> Result<(), BoxError> {
        let process = cx.context();
        let thread = cx.thread_id().ok_or("a thread")?.to_string();
        let mut last = process.last.lock().map_err(|_| "a whole lock")?;
        if *last == (thread.clone(), cx.step() - 1) {
            say(format_args!("ack {thread} {}", cx.step() - 1));
        }
        let mut effects = &process.effects;
        effects.write_all(format!("{thread} {} {}\n", cx.step(), process.round).as_bytes())?;
        *last = (thread, cx.step());
        Ok(())
    }
}

fn say(line: std::fmt::Arguments<'_>) {
    println!("{line}");
}

fn write(ledger: &Ledger, cx: &Ctx<Process>) -> Result<impl Update<Ledger> + use<>, BoxError> {
    Process::effect(cx)?;
    Ok(Ledger::update().written(ledger.written + 1).entries([Entry::new(ledger.written)]))
}

async fn check(ledger: &Ledger, cx: &Ctx<Process>) -> Result<impl Update<Ledger> + use<>, BoxError> {
    Process::effect(cx)?;
    futures_lite::future::yield_now().await;
    ledger.check(cx.step() - 1)?;
    Ok(Ledger::update().checked(ledger.checked + 1).total(ledger.checked))
}

fn close(_: &Ledger, cx: &Ctx<Process>) -> Result<impl Update<Ledger> + use<>, BoxError> {
    Process::effect(cx)?;
    Ok(Ledger::update().closed(true))
}

fn complete(ledger: &Ledger) -> bool {
    ledger.checked == ENTRIES
}

graph! {
    graph Bookkeeping<Ledger, Process>;

    node write, check, close;

    start -> write -> check -> match complete {
        true => close -> end,
        false => write,
    };
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
    let round = std::env::var(ROUND).unwrap().parse().unwrap();
    let graph = Bookkeeping::builder()
        .context(Process { round, effects, last: Mutex::default() })
        .checkpointer(saver)
        .durability(Durability::Sync)
        .build();
    block_on(async {
        if role == "recover" {
            recover(&graph).await;
        }
        let mut number = verify(&graph).await;
        if role != "verify" {
            loop {
                keep(graph.thread(format!("ledger-{number:06}"))).await;
                if role == "finish" {
                    return;
                }
                number += 1;
            }
        }
    });
}

#[test]
fn an_acknowledged_step_survives_every_kill_and_is_applied_once() {
    let kills = number("CRASH_KILLS").unwrap_or(300);
    let seed = number("CRASH_SEED").unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::from(since.subsec_nanos())
    });
    println!("CRASH_KILLS={kills} CRASH_SEED={seed}");
    let directory = tempfile::tempdir().unwrap();
    let mut rounds = Rounds::new(directory.path(), seed);
    rounds.finish("finish");
    let began = Instant::now();
    rounds.finish("verify");
    rounds.open = began.elapsed();
    for kill in 1..=kills {
        rounds.kill();
        if kill % 50 == 0 {
            rounds.finish("verify");
        }
    }
    // The last kill's work is finished as well.
    rounds.finish("finish");
    rounds.finish("verify");

    let repeated = rounds.repeated();
    let steps: u64 = rounds.known.values().filter_map(|steps| steps.last_key_value()).map(|(step, _)| step).sum();
    println!(
        "{kills} kills: {} in open, {} in recovery, {} of them one after the other; {steps} steps of {} threads, {} seen \
         acknowledged; {repeated} executions repeated",
        rounds.in_open,
        rounds.in_recovery,
        rounds.recoveries_twice,
        rounds.known.len(),
        rounds.acknowledged
    );
    assert!(repeated <= kills, "{repeated} executions too many for {kills} kills");
    assert!(steps > kills, "hardly a process came to run: {steps} steps");
    assert!((rounds.in_open + rounds.in_recovery) * 10 >= kills * 3, "too few kills hit an open or a recovery");
}

/// Reads every thread, says where it is, and returns how many of them are finished.
async fn verify(graph: &Graph<Bookkeeping>) -> u64 {
    let mut threads = graph.threads();
    let mut finished = 0;
    while let Some(summary) = threads.next().await {
        let summary = summary.unwrap();
        let snapshot = graph.thread(summary.id.as_str()).snapshot().await.unwrap().unwrap();
        snapshot.state.check(snapshot.step).unwrap();
        assert_eq!(snapshot.status == Status::Finished, snapshot.step == STEPS);
        assert_eq!(snapshot.next.is_empty(), snapshot.step == STEPS);
        finished += u64::from(snapshot.status == Status::Finished);
        say(format_args!("head {} {}", summary.id, snapshot.step));
    }
    finished
}

/// Picks up what the process before has left; that a thread was killed five times at one step is no mistake here.
async fn recover(graph: &Graph<Bookkeeping>) {
    let mut recovered = graph.recover();
    while let Some(next) = recovered.next().await {
        match next.unwrap().1 {
            Ok(outcome) => drop(outcome.finished().unwrap()),
            Err(Error::NoProgress { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Runs a thread to its end, whatever was done of it before.
async fn keep(thread: Thread<Bookkeeping>) {
    let ledger = thread.resume_or_invoke(()).await.unwrap().finished().unwrap();
    ledger.check(STEPS).unwrap();
    say(format_args!("ack {} {STEPS}", thread.id()));
}

/// The processes that are killed, and what they have said.
struct Rounds {
    directory: PathBuf,
    round: u64,
    random: u64,
    /// How long a process takes to open the store.
    open: Duration,
    /// The newest step of each thread that a process acknowledged or read, and the round in which it did.
    known: BTreeMap<String, BTreeMap<u64, u64>>,
    /// Kills before the store was open, kills after that and before the first step, and kills of either kind that came
    /// right after another one.
    in_open: u64,
    in_recovery: u64,
    recoveries_twice: u64,
    /// The last kill came before a step was acknowledged.
    unrecovered: bool,
    acknowledged: u64,
}

impl Rounds {
    fn new(directory: &Path, seed: u64) -> Rounds {
        Rounds {
            directory: directory.to_owned(),
            round: 0,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            open: Duration::ZERO,
            known: BTreeMap::new(),
            in_open: 0,
            in_recovery: 0,
            recoveries_twice: 0,
            unrecovered: false,
            acknowledged: 0,
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

    /// Lets a process come to its end.
    fn finish(&mut self, role: &str) {
        let (child, mut stdout) = self.spawn(role);
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "`{role}` failed: {}", String::from_utf8_lossy(&ended.stderr));
        self.learn(&said);
    }

    fn kill(&mut self) {
        let role = if self.below(3) == 0 { "recover" } else { "run" };
        let (mut child, mut stdout) = self.spawn(role);
        let mut said = String::new();
        wait_for(&mut stdout, "opening", &mut said);
        // Some die while they open the store, some while they pick up what is left, the others some steps later.
        let span = match self.below(5) {
            0 | 1 => self.open * 3 / 2,
            place => {
                wait_for(&mut stdout, "opened", &mut said);
                for _ in 0..self.below(8) * (place - 2) {
                    wait_for(&mut stdout, "ack", &mut said);
                }
                Duration::from_millis(5)
            }
        };
        let micros = self.below(u64::try_from(span.as_micros()).unwrap().max(1));
        std::thread::sleep(Duration::from_micros(micros));
        child.kill().unwrap();
        stdout.read_to_string(&mut said).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.code().is_none(), "it ended by itself: {}", String::from_utf8_lossy(&ended.stderr));
        let stepped = said.contains("ack");
        self.in_open += u64::from(!said.contains("opened"));
        self.in_recovery += u64::from(!stepped && said.contains("opened"));
        self.recoveries_twice += u64::from(!stepped && self.unrecovered);
        self.unrecovered = !stepped;
        // The last line may be cut off.
        let said = said.rsplit_once('\n').map_or("", |(lines, _)| lines);
        self.learn(said);
    }

    /// Takes in what a process said; checks that it found everything that those before it had acknowledged.
    fn learn(&mut self, said: &str) {
        let mut acknowledged = 0;
        for line in said.lines() {
            let mut words = line.split(' ');
            let (Some(word), Some(thread), Some(step)) = (words.next(), words.next(), words.next()) else { continue };
            let Ok(step) = step.parse::<u64>() else { continue };
            let known = self.known.entry(thread.to_owned()).or_default();
            let newest = known.last_key_value().map_or(0, |(step, _)| *step);
            match word {
                "head" => assert!(step >= newest, "`{thread}` went back from step {newest} to {step}"),
                "ack" => acknowledged += 1,
                _ => continue,
            }
            known.entry(step).or_insert(self.round);
        }
        self.acknowledged += acknowledged;
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    /// Compares what the nodes did with what is stored; returns how many executions no stored step stands for.
    fn repeated(&self) -> u64 {
        let effects = fs::read_to_string(self.directory.join("effects")).unwrap();
        let mut executions = 0;
        let mut last = BTreeMap::<&str, u64>::new();
        for line in effects.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let [thread, step, round] = words[..] else { panic!("a torn line: {line:?}") };
            let (step, round): (u64, u64) = (step.parse().unwrap(), round.parse().unwrap());
            let last = last.entry(thread).or_default();
            assert!(step == *last || step == *last + 1, "`{thread}` ran step {step} after step {last}");
            *last = step;
            executions += 1;
            let known = self.known.get(thread).and_then(|steps| steps.range(step..).map(|(_, round)| *round).min());
            assert!(
                known.is_none_or(|known| round <= known),
                "`{thread}` ran step {step} again in round {round}, although it was acknowledged in {known:?}"
            );
        }
        let committed =
            self.known.values().filter_map(|steps| steps.last_key_value()).map(|(step, _)| step).sum::<u64>();
        executions - committed
    }
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
