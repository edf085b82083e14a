//! A subgraph, and what it keeps between its runs.

use futures_lite::future::yield_now;
use graph_runtime::{GraphState, Update, graph};
use std::collections::BTreeMap;

/// What a subgraph keeps between its runs.
#[derive(GraphState, Clone, Debug, Default, PartialEq)]
pub(crate) struct Sleep {
    pub(crate) left: u8,
    turns: usize,
    #[reduce(append)]
    pub(crate) dreams: Vec<String>,
    #[reduce(merge)]
    faces: BTreeMap<u8, String>,
}

async fn dream(sleep: &Sleep) -> impl Update<Sleep> + use<> {
    yield_now().await;
    let turns = sleep.turns;
    assert_eq!(turns, sleep.dreams.len(), "both were written together");
    for (number, dream) in sleep.dreams.iter().enumerate() {
        assert!(dream.starts_with(&format!("{number} ")));
    }
    let face = u8::try_from(turns % 5).unwrap();
    (
        Sleep::update().left(sleep.left.saturating_sub(1)).turns(turns + 1),
        Sleep::update().dreams([format!("{turns} {}", "z".repeat(30))]).faces([(face, turns.to_string())]),
    )
}

fn awake(sleep: &Sleep) -> bool {
    sleep.left == 0
}

graph! {
    pub(crate) graph Sleeping<Sleep>;
    node dream;
    start -> dream -> match awake { true => end, false => dream };
}
