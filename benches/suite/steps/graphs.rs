//! A loop of two nodes, against `loop { match … }` on the same state.

use super::{case, run, timed};
use crate::rounds::{Case, Pair};
use graph_runtime::{GraphState, Update, graph};
use serde::Serialize;
use std::collections::BTreeMap;

/// Enough that the start of a run does not show, and few enough that most rounds are not interrupted.
const LEFT: u32 = 10_000;

pub(super) fn cases() -> Vec<Case> {
    let nodes = 2 * LEFT;
    vec![
        case("2 fields, `fn`", nodes, 2.0, || Pair {
            floor: timed(|| Small::example(LEFT.into()), |state| small_by_hand(state, |_| ())),
            graph: run(small::Looped::builder(), || Small::example(LEFT.into())),
        }),
        case("2 fields, `async fn`", nodes, 4.0, || Pair {
            floor: timed(|| Small::example(LEFT.into()), |state| small_by_hand(state, |_| ())),
            graph: run(small_async::Looped::builder(), || Small::example(LEFT.into())),
        }),
        case("15 fields, `fn`", nodes, 2.0, || Pair {
            floor: timed(|| Wide::example(LEFT.into()), |state| wide_by_hand(state, |_| ())),
            graph: run(wide::Looped::builder(), || Wide::example(LEFT.into())),
        }),
        case("15 fields, `async fn`", nodes, 4.0, || Pair {
            floor: timed(|| Wide::example(LEFT.into()), |state| wide_by_hand(state, |_| ())),
            graph: run(wide_async::Looped::builder(), || Wide::example(LEFT.into())),
        }),
    ]
}

/// Two plain fields: what a step costs by itself.
#[derive(Clone, Debug, Default, GraphState, Serialize)]
pub(crate) struct Small {
    pub(crate) left: u64,
    pub(crate) sum: u64,
}

/// Fifteen fields of the kinds that states are made of, some 600 bytes encoded; a node writes one of them.
#[derive(Clone, Debug, Default, GraphState, Serialize)]
pub(crate) struct Wide {
    pub(crate) left: u64,
    pub(crate) sum: u64,
    question: String,
    language: String,
    answer: Option<String>,
    notes: Vec<String>,
    sources: BTreeMap<String, String>,
    scores: Vec<f64>,
    cost: f64,
    tokens: u64,
    tries: u8,
    urgent: bool,
    owner: Option<u64>,
    deadline: Option<u64>,
    draft: String,
}

impl Small {
    pub(crate) fn example(left: u64) -> Small {
        Small { left, sum: 7 }
    }
}

impl Wide {
    pub(crate) fn example(left: u64) -> Wide {
        let note = "The committee met twice in spring and once in autumn.";
        Wide {
            left,
            sum: 7,
            question: "How often did the committee meet, and when?".into(),
            language: "en".into(),
            answer: Some("Three times: twice in spring and once in autumn.".into()),
            notes: vec![note.into(); 4],
            sources: (1..=2).map(|page| (format!("page {page}"), note.into())).collect(),
            scores: vec![0.5; 8],
            cost: 0.25,
            tokens: 1234,
            tries: 1,
            urgent: true,
            owner: Some(42),
            deadline: None,
            draft: note.into(),
        }
    }
}

/// A loop of two nodes: as a graph, and by hand.
macro_rules! two_nodes {
    ($module:ident, $state:ident, $($function:tt)+) => {
        pub(crate) mod $module {
            use super::*;

            $($function)+ mix(state: &$state) -> impl Update<$state> {
                $state::update().sum(state.sum.wrapping_mul(31).wrapping_add(state.left))
            }

            $($function)+ count(state: &$state) -> impl Update<$state> {
                $state::update().left(state.left - 1)
            }

            fn done(state: &$state) -> bool {
                state.left == 0
            }

            graph! {
                pub(crate) graph Looped<$state>;

                node mix, count;

                start -> mix -> count -> match done {
                    true => end,
                    false => mix,
                };
            }
        }
    };
}

two_nodes!(small, Small, fn);
two_nodes!(small_async, Small, async fn);
two_nodes!(wide, Wide, fn);
two_nodes!(wide_async, Wide, async fn);

/// The same loop by hand; `done` is called where a graph stores a checkpoint: after the input and after each node.
macro_rules! by_hand {
    ($name:ident, $state:ident) => {
        pub(crate) fn $name(mut state: $state, mut done: impl FnMut(&$state)) -> $state {
            enum Node {
                Mix,
                Count,
            }
            let mut node = Node::Mix;
            done(&state);
            loop {
                match node {
                    Node::Mix => {
                        state.sum = state.sum.wrapping_mul(31).wrapping_add(state.left);
                        node = Node::Count;
                    }
                    Node::Count => {
                        state.left -= 1;
                        node = Node::Mix;
                    }
                }
                done(&state);
                if matches!(node, Node::Mix) && state.left == 0 {
                    return state;
                }
            }
        }
    };
}

by_hand!(small_by_hand, Small);
by_hand!(wide_by_hand, Wide);
