//! Imports any bytes, and does with the thread that comes of it, if one does, whatever can be done with a thread.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    BoxError, CheckpointId, Checkpointer, Ctx, Effects, Error, Graph, GraphState, Keep, MemorySaver, NodeCause,
    NodeError, Outcome, Source, Status, Thread, Update, fuzzing, graph,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Mood {
    #[default]
    Calm,
    Busy {
        with: Vec<Option<i32>>,
    },
}

#[derive(GraphState, Clone, Debug, PartialEq)]
pub(crate) struct Page {
    #[reduce(append)]
    log: Vec<String>,
    #[reduce(merge)]
    seen: BTreeMap<String, u32>,
    #[state(json)]
    raw: serde_json::Value,
    mood: Mood,
    rounds: u32,
    #[state(ephemeral)]
    hint: Option<u8>,
}

async fn plan(page: &Page, cx: &Ctx) -> Result<impl Update<Page> + use<>, BoxError> {
    let drawn: u32 = cx.once("draw", &page.rounds, async |_| Ok::<_, BoxError>(7)).await?;
    let lines = (0..30).map(|line| format!("line {line} of a page that is longer than others"));
    let with = vec![Some(-1), None];
    Ok(Page::update()
        .log(lines)
        .rounds(page.rounds.wrapping_add(1))
        .hint(Some(1))
        .mood(Mood::Busy { with })
        .seen([("drawn".to_owned(), drawn)]))
}

fn parts(_: &Page) -> Vec<String> {
    vec!["one".to_owned(), "two".to_owned()]
}

fn read(page: &Page, part: &String) -> Result<impl Update<Page> + use<>, String> {
    if page.rounds == 2 && part == "two" {
        return Err("it is torn".to_owned());
    }
    Ok(Page::update().seen([(part.clone(), page.rounds)]))
}

fn turn(page: &Page) -> impl Update<Page> + use<> {
    Page::update().log([format!("turned with {:?}", page.hint)]).raw(serde_json::json!({ "turns": [1, "two"] }))
}

fn ask(_: &Page, reply: &String) -> impl Update<Page> + use<> {
    Page::update().log([reply.clone()])
}

fn card(page: &Page) -> u32 {
    page.rounds
}

fn more(page: &Page) -> bool {
    page.rounds < 2
}

fn enter(page: &Page) -> impl Update<Page> + use<> {
    Page::update().rounds(page.rounds)
}

fn leave(_: &Page, inner: &Page) -> impl Update<Page> + use<> {
    Page::update().log(inner.log.clone())
}

graph! {
    pub(crate) graph Inner<Page>;
    node turn;
    pause ask(String) asks card;
    start -> turn -> ask -> end;
}

graph! {
    pub(crate) graph Book<Page>;
    node plan, read, turn;
    subgraph inner = Inner(enter, leave);
    pause ask(String) asks card;
    start -> plan -> (for parts(String) { read }, inner) -> turn -> ask -> match more { true => plan, false => end };
}

fn book(saver: &MemorySaver) -> Graph<Book> {
    Book::builder().checkpointer(saver.clone()).step_limit(9).build()
}

/// Imports the bytes: as they are, or with checksums that fit them, as the first byte says.
pub(crate) fn run(bytes: &[u8]) {
    let Some((mode, bytes)) = bytes.split_first() else { return };
    let file = if mode % 2 == 0 { bytes.to_vec() } else { fuzzing::repaired(bytes) };
    let saver = MemorySaver::new();
    let graph = book(&saver);
    match block_on(graph.import(&*file)) {
        Ok(thread) => {
            block_on(thread.verify()).expect("what was imported is whole");
            work(&graph, &thread, mode / 2);
        }
        Err(error) => {
            let left = block_on(saver.threads("Book", None, 9)).expect("a store in memory");
            assert!(left.is_empty(), "{error} leaves nothing, and not {left:?}");
        }
    }
}

/// What can be done with a thread, each for itself.
fn work(graph: &Graph<Book>, thread: &Thread<Book>, mode: u8) {
    block_on(async {
        let snapshot = thread.snapshot().await;
        if let Ok(Some(snapshot)) = &snapshot {
            let _ = (snapshot.svg(), format!("{snapshot:?} {:?}", snapshot.state));
            for waiting in &snapshot.waiting {
                let _ = waiting.question::<u32>();
            }
        }
        let history: Vec<_> = thread.history().collect().await;
        let _: Vec<_> = thread.history().branch().collect().await;
        let _ = thread.visits().await;
        let _ = graph.next_due().await;
        let mut file = Vec::new();
        let exported = thread.export(&mut file).await.expect("what was imported can be exported");
        assert_eq!(exported, history.len() as u64);
        let again = book(&MemorySaver::new()).import(&*file).await.expect("what was exported can be imported");
        assert_eq!(again.snapshot().await.is_ok(), snapshot.is_ok());
        let copied = thread.copy_to("another").await.expect("what was imported can be copied");
        copied.verify().await.expect("what was copied is whole");
        sound(copied.resume().await);
        sound(copied.invoke(Page::update().rounds(1)).restart().await);
        match mode % 8 {
            0 => sound(thread.resume().await),
            1 => sound(thread.reply(BookReply::Ask("yes".to_owned())).await),
            2 => sound(thread.reply(BookReply::Inner(InnerReply::Ask("yes".to_owned()))).await),
            3 => {
                let _ = thread.prune(Keep::Pauses).await;
            }
            4 => {
                let _ = thread.prune(Keep::Last(1)).await;
            }
            5 => {
                let at = thread.at(CheckpointId(u64::from(mode) % 7));
                sound(at.fork(Page::update().rounds(9)).effects(Effects::Reuse).await);
            }
            6 => drop(thread.update(Page::update().rounds(0)).await),
            _ => {
                let mut recovered = graph.recover();
                while let Some(next) = recovered.next().await {
                    if let Ok((_, outcome)) = next {
                        sound(outcome);
                    }
                }
            }
        }
        if thread.verify().await.is_ok() {
            let _: Vec<_> = thread.history().collect().await;
        }
        thread.cancel("enough").await.err();
        sound(thread.invoke(()).request_id("r").await);
    });
}

/// Whatever a record holds, no code of the library or of these nodes panics over it.
fn sound(outcome: Result<Outcome<Page>, Error>) {
    let panicked = |error: &NodeError| matches!(error.cause, NodeCause::Panic(_));
    match outcome {
        Err(Error::Node(error)) => assert!(!panicked(&error), "{error}"),
        Err(Error::Nodes(errors)) => assert!(!errors.iter().any(panicked), "{errors:?}"),
        _ => {}
    }
}

/// Exports of threads that have been through something.
#[allow(dead_code, reason = "fuzzers read them from files")]
pub(crate) fn files() -> Vec<Vec<u8>> {
    let saver = MemorySaver::new();
    let thread = book(&saver).thread("a");
    let mut files = Vec::new();
    block_on(async {
        let mut export = async |thread: &Thread<Book>| {
            let mut file = Vec::new();
            thread.export(&mut file).await.unwrap();
            files.push(file);
        };
        let _ = thread.invoke(()).tag("a", "b").request_id("r").await.unwrap();
        export(&thread).await;
        let _ = thread.reply(BookReply::Inner(InnerReply::Ask("yes".to_owned()))).await.unwrap();
        thread.reply(BookReply::Ask("again".to_owned())).by("ada").deliver().await.unwrap();
        export(&thread).await;
        // The second round fails in one of its tasks.
        assert!(thread.resume().await.is_err());
        assert_eq!(thread.snapshot().await.unwrap().unwrap().status, Status::Failed);
        export(&thread).await;
        let _ = thread.at(CheckpointId(3)).fork(Page::update().rounds(5)).effects(Effects::Reuse).await;
        assert!(thread.history().source(Source::Fork).next().await.is_some());
        export(&thread).await;
        for keep in [Keep::Pauses, Keep::Last(2)] {
            thread.prune(keep).await.unwrap();
            export(&thread).await;
        }
    });
    files
}
