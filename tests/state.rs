//! `#[derive(GraphState)]`: what a thread starts with, and what is left of it when it comes back from a store.

use futures_lite::future::block_on;
use graph_runtime::{GraphState, MemorySaver, Update, graph};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Message {
    id: String,
    text: String,
}

/// A handle that no codec knows.
#[derive(Default, Debug)]
struct Cache {
    hits: u64,
}

/// A name of one letter, as type parameters have.
#[derive(GraphState)]
struct W {
    count: u8,
}

const fn three() -> u8 {
    3
}

#[derive(GraphState, Debug)]
struct Research {
    /// What was asked.
    query: String,
    #[reduce(append)]
    notes: VecDeque<String>,
    #[reduce(merge)]
    sources: BTreeMap<String, u32>,
    #[reduce(merge)]
    seen: HashSet<u32>,
    #[reduce(add)]
    cost: f64,
    #[reduce(upsert(by = id, key = String))]
    messages: Vec<Message>,
    #[state(default = three() + Self::ONE)]
    tries: u8,
    #[state(json)]
    raw: serde_json::Value,
    #[state(skip)]
    cache: Cache,
    #[state(secret)]
    token: String,
    #[state(ephemeral)]
    hint: Option<String>,
    r#type: Arc<str>,
    #[state(default = BTreeMap::<u8, u8>::from([(1, 2)]), ephemeral)]
    table: BTreeMap<u8, u8>,
    children: Option<Box<Child>>,
}

impl Research {
    const ONE: u8 = 1;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Child {
    depth: u8,
}

fn look(research: &Research) -> impl Update<Research> + use<> {
    Research::update()
        .query(format!("{}?", research.query))
        .notes(["note".to_owned()])
        .sources([("a".to_owned(), 1)])
        .seen([1, 2])
        .cost(0.1)
        .messages([Message { id: "1".to_owned(), text: "one".to_owned() }])
        .tries(9)
        .raw(serde_json::json!({ "deep": [1, null, "x"] }))
        .cache(Cache { hits: research.cache.hits + 1 })
        .token("secret")
        .hint(Some("once".to_owned()))
        .r#type("arc")
        .table([(3, 4)].into())
        .children(Some(Box::new(Child { depth: 1 })))
}

graph! {
    graph Looking<Research>;
    node look;
    start -> look -> end;
}

#[test]
fn a_new_thread_starts_with_the_defaults() {
    let state = Research::initial();
    assert_eq!((state.query.as_str(), state.tries, state.cache.hits), ("", 4, 0));
    assert_eq!(state.table, BTreeMap::from([(1, 2)]));
}

#[test]
fn a_state_comes_back_from_its_store() {
    let run = async {
        let saver = MemorySaver::new();
        let graph = Looking::builder().checkpointer(saver.clone()).build();
        let first = graph.thread("a").invoke(Research::update().query("why")).await?.finished()?;
        assert_eq!((first.cache.hits, first.token.as_str()), (1, "secret"));

        let again = Looking::builder().checkpointer(saver).build();
        let stored = again.thread("a").snapshot().await?.expect("the thread has run").state;
        assert_eq!((stored.query.as_str(), stored.tries, stored.token.as_str()), ("why?", 9, "secret"));
        assert_eq!((&*stored.r#type, stored.cost.to_bits()), ("arc", 0.1_f64.to_bits()));
        assert_eq!((stored.notes, stored.sources), (["note".to_owned()].into(), [("a".to_owned(), 1)].into()));
        assert_eq!((stored.seen, stored.messages.len()), ([1, 2].into(), 1));
        assert_eq!(stored.raw, serde_json::json!({ "deep": [1, null, "x"] }));
        assert_eq!(stored.children, Some(Box::new(Child { depth: 1 })));
        assert_eq!(stored.cache.hits, 0, "what is skipped is not stored");
        Ok::<(), graph_runtime::Error>(())
    };
    block_on(run).expect("a run");
}

#[test]
fn a_state_may_be_named_as_a_type_parameter() {
    fn one(state: &W) -> impl Update<W> + use<> {
        W::update().count(state.count + 1)
    }
    graph! {
        graph Short<W>;
        node one;
        start -> one -> end;
    }
    let state = block_on(Short::new().run(W::update().count(1).erase())).expect("a run");
    assert_eq!(state.count, 2);
}
