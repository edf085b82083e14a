//! Side by side, with retries, effects and a subgraph: what was stored is not done again, whenever the process is killed.
//!
//! The test kills real processes (SIGKILL) that run orders over the sled saver: 60 of them. Longer, and with other instants:
//!
//! ```text
//! CRASH_KILLS=3000 CRASH_SEED=7 cargo test -p graph-tests --test crash_parallel -- --nocapture
//! ```
//!
//! What the nodes and their effects do is a line in a file, which outlives the process; a line `stored` says that `once`
//! has returned, so that the effect's value survives everything.

use futures_lite::StreamExt;
use graph_runtime::{BoxError, Ctx, GraphState, NodeError, SledSaver, Update, graph};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

/// What a child does: `run` until it is killed, or `finish` what is begun.
const ROLE: &str = "CRASH_ROLE";
const DIRECTORY: &str = "CRASH_DIRECTORY";
const ROUND: &str = "CRASH_ROUND";

/// The parts of an order, and how often it is packed.
const PARTS: u32 = 3;
const ROUNDS: u32 = 2;

/// The tasks that run at once.
const WIDTH: u64 = PARTS as u64 + 2;

#[derive(GraphState, Debug)]
struct Order {
    #[reduce(append)]
    log: Vec<String>,
    round: u32,
}

#[derive(GraphState, Debug)]
struct Parcel {
    round: u32,
    label: String,
    receipt: u32,
}

/// The file that outlives the process.
struct Outside {
    round: u64,
    lines: File,
}

impl Outside {
    fn note(cx: &Ctx<Outside>, what: std::fmt::Arguments<'_>) -> Result<(), BoxError> {
        let Outside { round, lines } = cx.context();
        let thread = cx.thread_id().ok_or("a thread")?;
        let mut lines = lines;
        lines.write_all(format!("{round} {thread} {what}\n").as_bytes())?;
        Ok(())
    }

    /// An effect that happens outside, and what is known once its value is stored.
    async fn charge(cx: &Ctx<Outside>, amount: u32) -> Result<u32, BoxError> {
        let mut key = String::new();
        let charged = cx
            .once("charge", &amount, |asked| {
                key = asked.to_string();
                async move {
                    Outside::note(cx, format_args!("effect {asked}"))?;
                    Ok::<_, BoxError>(amount * 10)
                }
            })
            .await?;
        if !key.is_empty() {
            Outside::note(cx, format_args!("stored {key}"))?;
        }
        Ok(charged)
    }
}

fn parts(_: &Order) -> impl Iterator<Item = u32> + use<> {
    0..PARTS
}

async fn pack(order: &Order, part: &u32, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::note(cx, format_args!("run {} pack[{part}]", cx.step()))?;
    futures_lite::future::yield_now().await;
    Ok(Order::update().log([format!("packed {part} in round {}", order.round)]))
}

async fn charge(order: &Order, part: &u32, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::note(cx, format_args!("run {} charge[{part}]", cx.step()))?;
    let charged = Outside::charge(cx, part + 1).await?;
    Ok(Order::update().log([format!("charged {charged} in round {}", order.round)]))
}

/// Fails twice before it works, whatever process it is in: its attempts survive kills.
async fn audit(order: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::note(cx, format_args!("run {} audit", cx.step()))?;
    if cx.attempt() < 3 {
        return Err(format!("attempt {}", cx.attempt()).into());
    }
    Ok(Order::update().log([format!("audited in round {}", order.round)]))
}

/// Reached only if the attempts are forgotten and spent again.
fn unaudited(order: &Order, _: &NodeError) -> impl Update<Order> + use<> {
    Order::update().log([format!("not audited in round {}", order.round)])
}

fn tally(order: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::note(cx, format_args!("run {} tally", cx.step()))?;
    Ok(Order::update().round(order.round + 1))
}

fn complete(order: &Order) -> bool {
    order.round == ROUNDS
}

fn label(parcel: &Parcel, cx: &Ctx<Outside>) -> Result<impl Update<Parcel> + use<>, BoxError> {
    Outside::note(cx, format_args!("run {} ship/label", cx.step()))?;
    Ok(Parcel::update().label(format!("parcel {}", parcel.round)))
}

async fn send(parcel: &Parcel, cx: &Ctx<Outside>) -> Result<impl Update<Parcel> + use<>, BoxError> {
    Outside::note(cx, format_args!("run {} ship/send", cx.step()))?;
    Ok(Parcel::update().receipt(Outside::charge(cx, parcel.round).await?))
}

graph! {
    graph Shipping<Parcel, Outside>;
    node label, send;
    start -> label -> send -> end;
}

fn enter(order: &Order) -> impl Update<Parcel> + use<> {
    Parcel::update().round(order.round + 7)
}

fn leave(_: &Order, parcel: &Parcel) -> impl Update<Order> + use<> {
    Order::update().log([format!("sent {} for {}", parcel.label, parcel.receipt)])
}

graph! {
    graph Orders<Order, Outside>;

    node pack, charge, tally;
    #[retry(attempts = 4, backoff = "1ms")]
    #[on_error(unaudited)]
    node audit;
    subgraph ship = Shipping(enter, leave);

    start -> 'again: (audit, for parts(u32) { pack -> charge }, ship) -> tally -> match complete {
        true => end,
        false => 'again,
    };
}

/// The log of an order at its end. `audit`, `pack` and `label` are one superstep, `charge` and `send` the next.
fn expected() -> Vec<String> {
    let round = |round: u32| {
        let mut log = vec![format!("audited in round {round}")];
        log.extend((0..PARTS).map(|part| format!("packed {part} in round {round}")));
        log.extend((0..PARTS).map(|part| format!("charged {} in round {round}", (part + 1) * 10)));
        log.push(format!("sent parcel {0} for {0}0", round + 7));
        log
    };
    (0..ROUNDS).flat_map(round).collect()
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    println!("\nopening");
    let saver = SledSaver::open(directory.join("store")).unwrap();
    let lines = OpenOptions::new().append(true).create(true).open(directory.join("lines")).unwrap();
    let round = std::env::var(ROUND).unwrap().parse().unwrap();
    let graph = Orders::builder().context(Outside { round, lines }).checkpointer(saver).build();
    println!("opened");
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let mut begun = 0_u64;
        let mut threads = graph.threads();
        while let Some(summary) = threads.next().await {
            let thread = graph.thread(summary.unwrap().id.as_str());
            let order = thread.resume_or_invoke(()).request_id("only").await.unwrap().finished().unwrap();
            assert_eq!(order.log, expected());
            println!("done {}", thread.id());
            begun += 1;
        }
        if role != "run" {
            return;
        }
        loop {
            let thread = graph.thread(format!("order-{begun:06}"));
            let order = thread.resume_or_invoke(()).request_id("only").await.unwrap().finished().unwrap();
            assert_eq!(order.log, expected());
            println!("done {}", thread.id());
            begun += 1;
        }
    });
}

#[test]
fn what_was_stored_side_by_side_is_not_done_again() {
    let kills = number("CRASH_KILLS").unwrap_or(60);
    let seed = number("CRASH_SEED").unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::from(since.subsec_nanos())
    });
    println!("CRASH_KILLS={kills} CRASH_SEED={seed}");
    let directory = tempfile::tempdir().unwrap();
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |limit: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % limit
    };
    let mut orders = BTreeSet::new();
    for round in 1..=kills {
        let (mut child, mut stdout) = spawn(directory.path(), "run", round);
        let mut said = String::new();
        wait_for(&mut stdout, "opened", &mut said);
        for _ in 0..below(3) {
            wait_for(&mut stdout, "done", &mut said);
        }
        std::thread::sleep(Duration::from_micros(below(30_000)));
        child.kill().unwrap();
        finish(child, stdout, &mut said, false);
        orders.extend(done(&said));
    }
    let (child, mut stdout) = spawn(directory.path(), "finish", kills + 1);
    let mut said = String::new();
    wait_for(&mut stdout, "opened", &mut said);
    finish(child, stdout, &mut said, true);
    let finished: BTreeSet<String> = done(&said).collect();
    assert!(finished.is_superset(&orders), "an order that was done is there no more");

    let lines = fs::read_to_string(directory.path().join("lines")).unwrap();
    let Told { runs, effects, repeated_runs, repeated_effects } = Told::of(&lines);
    println!(
        "{kills} kills, {} orders; {runs} executions, {repeated_runs} of them repeated; {effects} effects, \
         {repeated_effects} of them repeated",
        finished.len()
    );
    assert!(repeated_runs <= kills * WIDTH, "{repeated_runs} executions too many for {kills} kills");
    assert!(repeated_effects <= kills * WIDTH, "{repeated_effects} effects too many for {kills} kills");
    assert!(effects > kills, "hardly a process came to run");
}

/// What the lines tell.
struct Told {
    runs: u64,
    effects: u64,
    repeated_runs: u64,
    repeated_effects: u64,
}

impl Told {
    fn of(lines: &str) -> Told {
        let mut told = Told { runs: 0, effects: 0, repeated_runs: 0, repeated_effects: 0 };
        let mut runs = BTreeMap::<_, u64>::new();
        let mut in_process = BTreeMap::<_, u64>::new();
        let (mut effects, mut stored) = (BTreeMap::<&str, u64>::new(), BTreeSet::new());
        for line in lines.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                [round, thread, "run", step, task] => {
                    told.runs += 1;
                    // A task runs once in a process, and three times with its retries; so a kill costs one execution.
                    let attempts = if task == "audit" { 3 } else { 1 };
                    let here = in_process.entry((round, thread, step, task)).or_default();
                    *here += 1;
                    assert!(*here <= attempts, "a task ran too often in one process: {line}");
                    let times = runs.entry((thread, step, task)).or_default();
                    *times += 1;
                    told.repeated_runs += u64::from(*times > attempts);
                }
                [_, _, "effect", key] => {
                    assert!(!stored.contains(key), "an effect happened again after its value was stored: {line}");
                    told.effects += 1;
                    let times = effects.entry(key).or_default();
                    *times += 1;
                    told.repeated_effects += u64::from(*times > 1);
                }
                [_, _, "stored", key] => drop(stored.insert(key)),
                _ => panic!("a torn line: {line:?}"),
            }
        }
        told
    }
}

fn done(said: &str) -> impl Iterator<Item = String> {
    let said = said.rsplit_once('\n').map_or("", |(lines, _)| lines);
    said.lines().filter_map(|line| line.split_once("done ")).map(|(_, thread)| thread.to_owned())
}

fn spawn(directory: &Path, role: &str, round: u64) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

fn finish(child: Child, mut stdout: BufReader<ChildStdout>, said: &mut String, ends: bool) {
    stdout.read_to_string(said).unwrap();
    let ended = child.wait_with_output().unwrap();
    let code = ended.status.code();
    assert_eq!(code, ends.then_some(0), "how it ended: {}", String::from_utf8_lossy(&ended.stderr));
}

/// Reads until a line holds the given word: the test harness may have begun the line.
fn wait_for(stdout: &mut BufReader<ChildStdout>, word: &str, said: &mut String) {
    let mut begin = said.len();
    while !said[begin..].contains(word) {
        begin = said.len();
        assert_ne!(stdout.read_line(said).unwrap(), 0, "the child ended before it said `{word}`: {said}");
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().expect("a number"))
}
