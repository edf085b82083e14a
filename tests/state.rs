//! `#[derive(GraphState)]`: defaults, tables of fields, what lives for one step.

use graph_runtime::GraphState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Draft {
    text: String,
    score: u32,
}

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

fn keep_best(best: &mut Draft, draft: Draft) {
    if draft.score > best.score {
        *best = draft;
    }
}

const fn three() -> u8 {
    3
}

#[derive(GraphState, Debug)]
struct Research {
    /// What was asked.
    query: String,
    #[reduce(append)]
    notes: Vec<String>,
    #[reduce(merge)]
    sources: BTreeMap<String, String>,
    #[reduce(add)]
    cost: f64,
    #[reduce(with = keep_best)]
    best: Draft,
    #[reduce(upsert(by = id, key = String))]
    messages: Vec<Message>,
    #[state(default = three() + 1)]
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
}

#[test]
fn a_new_thread_starts_with_the_defaults() {
    let state = Research::initial();
    assert_eq!(state.query, "");
    assert_eq!(state.tries, 4);
    assert_eq!(state.cache.hits, 0);
    assert_eq!(state.token, "");
    assert_eq!(state.table, BTreeMap::from([(1, 2)]));
}
