//! What an older build stored is read and goes on: stores and exports that are committed, each of a thread in the middle of
//! everything at once.
//!
//! They were written by this file, with the library as it was at the commit that added them:
//!
//! ```text
//! GRAPH_FIXTURES=write cargo test -p graph-tests --test fixtures
//! ```
//!
//! A new version of the format adds new ones beside them, and leaves these as they are.

#![allow(clippy::ptr_arg, clippy::trivially_copy_pass_by_ref, reason = "nodes take items and replies by reference")]

use futures_lite::StreamExt;
use futures_lite::future::{block_on, or, pending, yield_now};
use graph_runtime::{
    BoxError, Checkpointer, Ctx, Graph, GraphState, MemorySaver, RedbSaver, SledSaver, Status, Update, graph,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// What lies outside of the graph.
#[derive(Default)]
struct World {
    /// Whether the nodes that call it never come back, and how many have called.
    hangs: AtomicBool,
    stuck: AtomicUsize,
    charged: AtomicBool,
}

impl World {
    async fn hang(&self) {
        if self.hangs.load(SeqCst) {
            self.stuck.fetch_add(1, SeqCst);
            pending::<()>().await;
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Message {
    id: u32,
    text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Mood {
    #[default]
    Quiet,
    Loud(u8),
    Mixed {
        parts: Vec<Mood>,
    },
}

#[derive(GraphState, Debug, PartialEq)]
struct Agent {
    weight: String,
    step: u32,
    mood: Mood,
    #[reduce(append)]
    notes: Vec<String>,
    #[reduce(append)]
    log: String,
    #[reduce(append)]
    queue: VecDeque<(u8, bool)>,
    #[reduce(upsert(by = id, key = u32))]
    messages: Vec<Message>,
    #[reduce(merge)]
    sources: BTreeMap<String, f64>,
    #[reduce(merge)]
    seen: BTreeSet<char>,
    #[reduce(add)]
    cost: i64,
    #[state(json)]
    raw: serde_json::Value,
    #[state(secret)]
    token: String,
    #[state(ephemeral)]
    hint: Option<String>,
    #[state(skip)]
    cache: Vec<u8>,
}

#[derive(GraphState, Debug, PartialEq)]
struct Search {
    query: String,
    #[reduce(append)]
    found: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Approval {
    granted: bool,
    because: String,
}

fn grow(agent: &Agent) -> impl Update<Agent> + use<> {
    let step = agent.step + 1;
    let small = u8::try_from(step).unwrap();
    let message = |id: u32| Message { id, text: format!("message {id} of step {step}") };
    let update = Agent::update().step(step).mood(Mood::Mixed { parts: vec![Mood::Loud(small), Mood::Quiet] });
    let update =
        update.notes([format!("note {step}")]).log(format!("{step};")).queue([(small, step.is_multiple_of(2))]);
    let update = update.messages([message(step), message(1)]).remove_messages([step.saturating_sub(2)]);
    let update = update.sources([(format!("source {step}"), f64::from(step) / 2.0)]).remove_sources(["source 2"]);
    let update = update.seen(['a', char::from(b'a' + small)]).cost(-7).raw(serde_json::json!({ "step": step }));
    update.token("s3cret").hint(Some(format!("hint {step}"))).cache(vec![1, 2, 3])
}

fn enough(agent: &Agent) -> bool {
    agent.step >= 4
}

fn quick(_: &Agent) -> impl Update<Agent> + use<> {
    Agent::update().notes(["quick".to_owned()]).cost(100)
}

async fn charge(_: &Agent, cx: &Ctx<World>) -> Result<impl Update<Agent> + use<>, BoxError> {
    let world = cx.context();
    let receipt = cx
        .once("bank", &("40 cents", 40), |_| async {
            world.charged.store(true, SeqCst);
            Ok::<_, BoxError>(7_u32)
        })
        .await?;
    world.hang().await;
    Ok(Agent::update().notes([format!("receipt {receipt}")]))
}

fn card(agent: &Agent) -> impl Serialize + use<> {
    serde_json::json!({ "question": "go on?", "step": agent.step })
}

fn approve(_: &Agent, approval: &Approval) -> impl Update<Agent> + use<> {
    Agent::update().notes([format!("{}: {}", approval.granted, approval.because)])
}

fn confirm(_: &Agent, word: &String) -> impl Update<Agent> + use<> {
    Agent::update().notes([word.clone()])
}

fn urls(_: &Agent) -> Vec<String> {
    vec!["one".to_owned(), "two".to_owned(), "three".to_owned()]
}

fn list(_: &Agent, url: &String) -> impl Update<Agent> + use<> {
    Agent::update().notes([format!("listed {url}")])
}

async fn fetch(_: &Agent, url: &String, cx: &Ctx<World>) -> impl Update<Agent> + use<> {
    if url == "two" {
        cx.context().hang().await;
    }
    Agent::update().notes([format!("fetched {url}")])
}

fn enter(agent: &Agent) -> impl Update<Search> + use<> {
    Search::update().query(format!("query of step {}", agent.step))
}

fn leave(_: &Agent, search: &Search) -> impl Update<Agent> + use<> {
    Agent::update().notes([format!("{}: {}", search.query, search.found.join(", "))])
}

fn look(search: &Search) -> impl Update<Search> + use<> {
    Search::update().found([format!("hit {}", search.found.len())])
}

async fn read(_: &Search, cx: &Ctx<World>) -> impl Update<Search> + use<> {
    cx.context().hang().await;
    Search::update().found(["page".to_owned()])
}

graph! {
    graph Research<Search, World>;
    node look, read;
    start -> look -> read -> end;
}

graph! {
    graph Assistant<Agent, World>;
    node grow, quick, charge, list, fetch;
    pause approve(Approval) asks card;
    pause confirm(String);
    #[memory(thread)]
    subgraph research = Research(enter, leave);
    start -> grow -> match enough {
        true => (
            research,
            quick -> charge,
            approve,
            confirm,
            for urls(String) { list -> fetch },
        ) -> end,
        false => grow,
    };
}

fn graph_of(saver: impl Checkpointer, world: &Arc<World>) -> Graph<Assistant> {
    Assistant::builder().context(Arc::clone(world)).checkpointer(saver).build()
}

/// A thread that ran once and is in the middle of its second run: in each of its branches something has been left.
async fn interrupted<S: Checkpointer + Clone>(saver: S) {
    let world = Arc::default();
    let graph = graph_of(saver.clone(), &world);
    let thread = graph.thread("a");
    let weight = Agent::update().weight("x".repeat(2_000));
    let _ = thread.invoke(weight).request_id("r-1").tag("tenant", "acme").await.unwrap();
    let approval = || AssistantReply::Approve(Approval { granted: false, because: "first".to_owned() });
    let _ = thread.reply(approval()).by("alice").await.unwrap();
    let _ = thread.reply(AssistantReply::Confirm("confirmed".to_owned())).await.unwrap().finished().unwrap();

    let world = Arc::new(World { hangs: true.into(), ..World::default() });
    let graph = graph_of(saver.clone(), &world);
    let thread = graph.thread("a");
    let run = async { drop(thread.invoke(Agent::update().step(1)).request_id("r-2").await) };
    let watch = async {
        // The reader, the charge and one of the items.
        while world.stuck.load(SeqCst) < 3 {
            yield_now().await;
        }
        let reply = thread.reply(AssistantReply::Confirm("by post".to_owned())).by("bob").because("it was due");
        reply.deliver().await.unwrap();
        saver.flush().await.unwrap();
    };
    or(run, watch).await;
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/version_1").join(name)
}

#[test]
fn fixtures_are_written() {
    if std::env::var_os("GRAPH_FIXTURES").is_none_or(|value| value != "write") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(fixture("")).unwrap();
    let (sled, redb) = (directory.path().join("sled"), directory.path().join("redb"));
    let saver = SledSaver::open(&sled).unwrap();
    block_on(interrupted(saver.clone()));
    let file = fs::File::create(fixture("a.thread")).unwrap();
    block_on(graph_of(saver, &Arc::default()).thread("a").export(file)).unwrap();
    fs::write(fixture("sled.packed"), pack(&sled)).unwrap();
    fs::create_dir(&redb).unwrap();
    block_on(interrupted(RedbSaver::open(redb.join("store.redb")).unwrap()));
    fs::write(fixture("redb.packed"), pack(&redb)).unwrap();
}

/// The blocks of a file that hold anything: stores put aside much more than they fill.
const BLOCK: usize = 512;

/// A directory as bytes: for each file its path and length, and its blocks but for those of zeros.
fn pack(directory: &Path) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut part = |bytes: &[u8]| {
        packed.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
        packed.extend_from_slice(bytes);
    };
    for path in files(directory) {
        let bytes = fs::read(&path).unwrap();
        let blocks = bytes.chunks(BLOCK).enumerate().filter(|(_, block)| block.iter().any(|byte| *byte != 0));
        let blocks: Vec<(usize, &[u8])> = blocks.collect();
        part(path.strip_prefix(directory).unwrap().to_str().unwrap().as_bytes());
        part(&(bytes.len() as u64).to_le_bytes());
        part(&(blocks.len() as u64).to_le_bytes());
        for (place, block) in blocks {
            part(&(place as u64).to_le_bytes());
            part(block);
        }
    }
    packed
}

fn unpack(mut packed: &[u8], directory: &Path) {
    fn part<'a>(packed: &mut &'a [u8]) -> &'a [u8] {
        let (length, rest) = packed.split_first_chunk().unwrap();
        let (part, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        *packed = rest;
        part
    }
    let number = |packed: &mut &[u8]| usize::try_from(u64::from_le_bytes(part(packed).try_into().unwrap())).unwrap();
    while !packed.is_empty() {
        let path = directory.join(std::str::from_utf8(part(&mut packed)).unwrap());
        let mut bytes = vec![0; number(&mut packed)];
        for _ in 0..number(&mut packed) {
            let place = number(&mut packed) * BLOCK;
            let block = part(&mut packed);
            bytes[place..place + block.len()].copy_from_slice(block);
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// All files below a directory, in the order of their paths.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A copy of a committed store, in a directory of its own.
fn unpacked(name: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    unpack(&fs::read(fixture(name)).unwrap(), directory.path());
    directory
}

/// Reads all of the thread, and lets it go on to its end.
async fn goes_on(saver: impl Checkpointer + Clone) {
    holds_everything(&saver).await;
    let world = Arc::default();
    let graph = graph_of(saver, &world);
    let thread = graph.thread("a");
    let snapshot = thread.snapshot().await.unwrap().unwrap();
    assert_eq!((snapshot.status, snapshot.step), (Status::Replied, 12));
    let unfinished = ["research", "charge", "approve", "confirm", "fetch"];
    assert!(snapshot.next.iter().map(|node| graph_runtime::NodeName::name(*node)).eq(unfinished), "{snapshot:?}");
    let [waiting] = &snapshot.waiting[..] else { panic!("one pause has no reply") };
    assert_eq!(
        (waiting.node(), waiting.question::<serde_json::Value>().unwrap()["step"].as_u64()),
        ("approve", Some(4))
    );
    assert_eq!(thread.verify().await.unwrap(), 14);
    let history: Vec<_> = thread.history().try_collect().await.unwrap();
    let steps: Vec<u64> = history.iter().map(|past| past.step).collect();
    assert_eq!(steps, [12, 11, 10, 9, 8, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    let notes: Vec<usize> = history.iter().map(|past| past.state.notes.len()).collect();
    assert_eq!(notes, [22, 18, 17, 16, 15, 15, 14, 13, 8, 4, 3, 2, 1, 0]);
    assert_eq!(history[6].replies[0].by.as_deref(), Some("alice"));

    let again = thread.invoke(()).request_id("r-1").await.unwrap().finished().unwrap();
    assert_eq!(again.notes.len(), 15, "the request was answered");
    let paused = graph_tests::paused(thread.resume().await.unwrap());
    assert_eq!(paused.waiting().len(), 1);
    let reply = AssistantReply::Approve(Approval { granted: true, because: "at last".to_owned() });
    let agent = thread.reply(reply).await.unwrap().finished().unwrap();
    assert!(!world.charged.load(SeqCst), "it was charged before");

    assert_eq!(agent.notes[..4], ["note 1", "note 2", "note 3", "note 4"]);
    let second = ["query of step 4: hit 0, page, hit 2, page", "receipt 7", "by post", "fetched one", "fetched two"];
    assert_eq!(agent.notes[22..27], second);
    assert_eq!(agent.notes[27..], ["fetched three", "true: at last"]);
    assert_eq!((agent.weight.len(), agent.step, agent.log.as_str()), (2_000, 4, "1;2;3;4;2;3;4;"));
    assert_eq!(agent.mood, Mood::Mixed { parts: vec![Mood::Loud(4), Mood::Quiet] });
    assert_eq!(agent.queue, [(1, false), (2, true), (3, false), (4, true), (2, true), (3, false), (4, true)]);
    let texts: Vec<&str> = agent.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["message 3 of step 3", "message 4 of step 4", "message 1 of step 4"]);
    let sources: Vec<String> = agent.sources.iter().map(|(name, weight)| format!("{name} {weight}")).collect();
    assert_eq!(sources, ["source 1 0.5", "source 3 1.5", "source 4 2"]);
    assert_eq!((agent.seen.into_iter().collect::<String>().as_str(), agent.cost), ("abcde", 151));
    assert_eq!((agent.raw["step"].as_u64(), agent.token.as_str()), (Some(4), "s3cret"));
    assert_eq!((agent.hint, agent.cache), (None, Vec::new()));
}

/// The store has a record of each kind, and entries of those that a step in the middle leaves.
async fn holds_everything(saver: &impl Checkpointer) {
    let thread = graph_tests::thread_of("Assistant", "a");
    let records = saver.range(&thread, None, 100).await.unwrap();
    let kind = |wanted: u8| records.iter().any(|(_, record)| record[3] == wanted);
    assert!(kind(0) && kind(1), "whole states, and changes");
    let beside = saver.pending(&thread, records[0].0).await.unwrap();
    for entry in ["task/fetch[0]", "task/fetch[2]", "once/"] {
        assert!(beside.iter().any(|(name, _)| name.starts_with(entry)), "{entry}");
    }
    let inbox = saver.deliveries(&thread, None, 100).await.unwrap();
    assert_eq!(inbox.iter().filter(|(name, _)| name.starts_with("reply/confirm")).count(), 2);
}

#[test]
fn a_thread_of_an_older_build_goes_on_from_a_sled_store() {
    let directory = unpacked("sled.packed");
    block_on(goes_on(SledSaver::open(directory.path()).unwrap()));
}

#[test]
fn a_thread_of_an_older_build_goes_on_from_a_redb_store() {
    let directory = unpacked("redb.packed");
    block_on(goes_on(RedbSaver::open(directory.path().join("store.redb")).unwrap()));
}

#[test]
fn a_thread_of_an_older_build_goes_on_from_an_export() {
    let file = fs::File::open(fixture("a.thread")).unwrap();
    let saver = MemorySaver::new();
    let _ = block_on(graph_of(saver.clone(), &Arc::default()).import(file)).unwrap();
    block_on(goes_on(saver));
}
