//! The schema of a graph tells what stored threads hold of it, and a test of the user's tells what a change would do to them.

#![allow(clippy::trivially_copy_pass_by_ref, reason = "functions in a `for` take their item by reference")]

use graph_runtime::schema::{self, Class, Kind, Mismatch, Schema};
use graph_runtime::{GraphState, Update, graph};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Message {
    id: u64,
    text: String,
}

#[derive(Default, Serialize, Deserialize)]
enum Approval {
    #[default]
    Refused,
    Granted {
        by: String,
    },
}

#[derive(GraphState)]
struct Agent {
    #[state(renamed_from("ask", "query"))]
    question: String,
    #[reduce(upsert(by = id))]
    messages: Vec<Message>,
    #[reduce(merge)]
    seen: BTreeMap<String, Option<f64>>,
    #[state(json)]
    raw: serde_json::Value,
    #[state(ephemeral)]
    hint: bool,
    #[state(secret)]
    token: String,
    #[state(skip)]
    cache: Vec<u8>,
}

#[derive(GraphState)]
struct Search {
    words: Vec<String>,
}

fn work(_: &Agent) {}

fn look(_: &Search) {}

fn fetch(_: &Agent, _: &u32) {}

fn urls(_: &Agent) -> [u32; 1] {
    [7]
}

fn enter(_: &Agent) -> impl Update<Search> + use<> {}

fn leave(_: &Agent, _: &Search) -> impl Update<Agent> + use<> {}

graph! {
    graph Research<Search>;
    node look;
    start -> look -> end;
}

graph! {
    #[renamed_from("Helper")]
    graph Assistant<Agent>;
    node think = work, notes = work, fetch;
    #[renamed_from("finish")]
    node answer = work;
    pause approve(Approval);
    #[memory(thread)]
    subgraph research = Research(enter, leave);
    start -> think -> (notes, research) -> for urls(u32) { fetch } -> approve -> answer -> end;
}

/// A pause, which is no function of the state alone.
fn approve(_: &Agent, _: &Approval) {}

const TEXT: &str = include_str!("schemas/assistant.json");

#[test]
fn a_schema_is_json_that_a_person_can_read() {
    assert_eq!(Assistant::schema().to_string(), TEXT);
    assert_eq!(Assistant::schema(), Assistant::schema());
    let read: Schema = serde_json::from_str(TEXT).unwrap();
    assert_eq!(read, Assistant::schema());
    assert_eq!(read.changes_since(&Assistant::schema()), []);
}

/// What a change of the schema means, told by one line each.
fn changes(change: impl FnOnce(&mut Schema)) -> Vec<(Class, String)> {
    let mut older = Assistant::schema();
    change(&mut older);
    let changes = Assistant::schema().changes_since(&older);
    changes.into_iter().map(|change| (change.class, change.text)).collect()
}

/// The one thing that a change means.
fn only(change: impl FnOnce(&mut Schema)) -> (Class, String) {
    let mut changes = changes(change);
    assert_eq!(changes.len(), 1, "{changes:#?}");
    changes.remove(0)
}

fn field<'a>(schema: &'a mut Schema, name: &str) -> &'a mut schema::Field {
    schema.state.iter_mut().find(|field| field.name == name).expect("a field")
}

fn node<'a>(schema: &'a mut Schema, name: &str) -> &'a mut schema::Node {
    schema.nodes.iter_mut().find(|node| node.name == name).expect("a node")
}

macro_rules! told {
    ($($class:ident, $text:literal: $change:expr;)*) => { $(
        assert_eq!(only($change), (Class::$class, $text.to_owned()));
    )* };
}

#[test]
fn fields() {
    told! {
        Safe, "field `messages` of graph `Assistant` is new; threads that lack it start with its default":
            |older| older.state.retain(|field| field.name != "messages");
        Safe, "field `gone` of graph `Assistant` is gone; what stored threads hold of it is dropped":
            |older| {
                let mut gone = field(older, "messages").clone();
                gone.name = "gone".to_owned();
                older.state.push(gone);
            };
        Safe, "field `question` of graph `Assistant` was called `query`, which it says":
            |older| {
                let question = field(older, "question");
                (question.name, question.former) = ("query".to_owned(), Vec::new());
            };
        NeedsAlias, "field `notes` of graph `Assistant` is gone, and `messages` has its type; if it is that field, write \
            `#[state(renamed_from = \"notes\")]` on `messages`, else its values are dropped":
            |older| field(older, "messages").name = "notes".to_owned();
        NeedsAlias, "field `question` of graph `Assistant` does not say any more that it was called `title`; put `\"title\"` \
            back into `renamed_from` on it, unless no stored thread has it":
            |older| field(older, "question").former.push("title".to_owned());
        NeedsMigration, "field `messages` of graph `Assistant` was `bool`, and is `[struct { id: u64, text: str }]`; write \
            `#[state(migrate(from = Old, with = path))]` on it, or give it a new name":
            |older| field(older, "messages").ty = field(older, "hint").ty.clone();
        NeedsMigration, "field `messages` of graph `Assistant` was a set, and is a list; threads whose newest records hold \
            changes of it cannot be read: write `#[state(migrate(from = Old, with = path))]` on it, or give it a new name":
            |older| field(older, "messages").ty.container = Some("set".to_owned());
        Safe, "field `messages` of graph `Assistant` was stored as a whole, and is a list; what stored threads hold of it is \
            read":
            |older| field(older, "messages").ty.container = None;
        Safe, "field `token` of graph `Assistant` was stored as a whole, and is a text; what stored threads hold of it is read":
            |older| field(older, "token").ty.container = None;
        NeedsMigration, "field `raw` of graph `Assistant` was `any`, and is `any` as JSON; write \
            `#[state(migrate(from = Old, with = path))]` on it, or give it a new name":
            |older| field(older, "raw").ty.codec = "bincode".to_owned();
        BreaksThreadsInFlight, "field `seen` of graph `Assistant` had no reducer, and has `merge`; threads that were \
            interrupted within a step hold writes to it that cannot be read: let those finish first":
            |older| field(older, "seen").reducer = None;
        Safe, "field `hint` of graph `Assistant` lasts for one step now; what is stored of it is read":
            |older| field(older, "hint").ephemeral = false;
    }
}

#[test]
fn nodes() {
    told! {
        Safe, "node `fetch` of graph `Assistant` is new": |older| older.nodes.retain(|node| node.name != "fetch");
        Safe, "node `answer` of graph `Assistant` was called `finish`, which it says":
            |older| {
                let answer = node(older, "answer");
                (answer.name, answer.former) = ("finish".to_owned(), Vec::new());
            };
        NeedsAlias, "node `reason` of graph `Assistant` is gone; if it is `think` now, write \
            `#[renamed_from(\"reason\")]` above that, else threads that are at it cannot go on":
            |older| node(older, "think").name = "reason".to_owned();
        NeedsAlias, "node `answer` of graph `Assistant` does not say any more that it was called `end_it`; put `\"end_it\"` \
            back into `renamed_from` above it, unless no stored thread has it":
            |older| node(older, "answer").former.push("end_it".to_owned());
        BreaksThreadsInFlight, "pause `consent` of graph `Assistant` is gone; threads that are at it cannot go on: keep it \
            until there are none":
            |older| {
                let mut consent = node(older, "approve").clone();
                consent.name = "consent".to_owned();
                older.nodes.push(consent);
            };
        BreaksThreadsInFlight, "pause `approve` of graph `Assistant` was a node; give it a new name, and keep the old one \
            until no thread is at it":
            |older| node(older, "approve").kind = Kind::Function;
        BreaksThreadsInFlight, "pause `approve` of graph `Assistant` waited for `bool`, and waits for `enum { Refused, \
            Granted { by: str } }`; replies that were delivered and not taken yet cannot be read: let those threads go on \
            first":
            |older| node(older, "approve").reply = Some(field(older, "hint").ty.clone());
        BreaksThreadsInFlight, "node `notes` of graph `Assistant` stands in another group or `for`; keep it there until no \
            thread is at it, or give the node that stands elsewhere a new name":
            |older| node(older, "notes").within.clear();
        BreaksThreadsInFlight, "node `fetch` of graph `Assistant` stands in another group or `for`; keep it there until no \
            thread is at it, or give the node that stands elsewhere a new name":
            |older| node(older, "fetch").within = node(older, "notes").within.clone();
        Safe, "subgraph `research` of graph `Assistant` keeps its state over the thread from now on":
            |older| node(older, "research").keeps = false;
        Safe, "field `words` of subgraph `research` of graph `Assistant` is new; threads that lack it start with its default":
            |older| node(older, "research").inner.as_mut().unwrap().state.clear();
        BreaksThreadsInFlight, "the items of `for (fetch` of graph `Assistant` were `[str]`, and are `[u32]`; threads that \
            are inside of it cannot go on: let those finish first":
            |older| older.loops[0].items = node(older, "research").inner.as_ref().unwrap().state[0].ty.clone();
    }
}

/// Names of groups and `for`s are made of their first nodes, which may be new, or renamed.
#[test]
fn a_group_with_another_first_node_is_the_same() {
    let found = changes(|older| {
        let (notes, research, fetch) = ("(old/0".to_owned(), "(old/1".to_owned(), "for (get".to_owned());
        node(older, "notes").within = vec![notes];
        node(older, "research").within = vec![research];
        node(older, "fetch").within = vec![fetch.clone()];
        older.loops[0].name = fetch;
    });
    assert_eq!(found, []);
}

#[test]
fn graphs() {
    told! {
        Safe, "graph `Helper` is called `Assistant` now; it finds the threads of both names":
            |older| (older.graph, older.former) = ("Helper".to_owned(), Vec::new());
        NeedsAlias, "graph `Butler` is called `Assistant` now, and loses its threads; write `#[renamed_from(\"Butler\")]` above \
            its header":
            |older| older.graph = "Butler".to_owned();
        NeedsAlias, "graph `Assistant` does not say any more that it was called `Butler`; put `\"Butler\"` back into \
            `renamed_from` above its header, unless no stored thread has it":
            |older| older.former.push("Butler".to_owned());
    }
}

#[test]
fn the_committed_schema_of_a_program_that_has_not_changed_is_accepted() -> Result<(), Mismatch> {
    schema::check("schemas/assistant.json", Assistant::schema())
}

#[test]
fn a_schema_that_is_missing_damaged_or_newer_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.json");
    let told = |path: &std::path::Path| {
        let mismatch = schema::check(path, Assistant::schema()).expect_err("it is refused");
        assert_eq!(format!("{mismatch}"), format!("{mismatch:?}"));
        mismatch.to_string().replace(&path.display().to_string(), "PATH")
    };
    assert_eq!(told(&path), "there is no schema at `PATH`; `GRAPH_SCHEMA=bless cargo test` writes it, commit it then");
    std::fs::write(&path, "{").unwrap();
    assert_eq!(
        told(&path),
        "the schema at `PATH` cannot be read: EOF while parsing an object at line 1 column 1; restore it, or write it anew \
         with `GRAPH_SCHEMA=bless cargo test`"
    );
    std::fs::write(&path, TEXT.replacen("\"version\": 1", "\"version\": 2", 1)).unwrap();
    assert!(told(&path).contains("it has version 2, and this library knows version 1"));
    assert!(told(directory.path()).contains("cannot be read"), "a directory is no file");
}

#[test]
fn what_is_gravest_stands_first() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.json");
    let mut older = Assistant::schema();
    older.state.retain(|field| field.name != "token");
    node(&mut older, "think").name = "reason".to_owned();
    node(&mut older, "approve").kind = Kind::Function;
    std::fs::write(&path, older.to_string()).unwrap();
    let text = schema::check(&path, Assistant::schema()).unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines[0].starts_with("the schema differs from `"));
    assert!(lines[1].starts_with("  breaks threads in flight: pause `approve`"));
    assert!(lines[2].starts_with("  needs an alias: node `reason`"));
    assert!(lines[3].starts_with("  safe: field `token`"));
    assert_eq!(lines[4], "once it is as it should be, write it with `GRAPH_SCHEMA=bless cargo test`");

    older = Assistant::schema();
    older.state.reverse();
    std::fs::write(&path, older.to_string()).unwrap();
    let text = schema::check(&path, Assistant::schema()).unwrap_err().to_string();
    assert!(text.contains("in the order of its parts only"), "{text}");
}

/// Blessing reads the environment of the process, so it runs in one of its own.
#[test]
fn blessing_writes_the_file() {
    const PATH: &str = "GRAPH_TEST_SCHEMA_PATH";
    if let Some(path) = std::env::var_os(PATH) {
        schema::check(path, Assistant::schema()).expect("it is written");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schemas").join("agent.json");
    for value in ["bless", "no"] {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "blessing_writes_the_file"])
            .env(PATH, &path)
            .env("GRAPH_SCHEMA", value)
            .status();
        assert!(status.unwrap().success(), "{value}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
}
