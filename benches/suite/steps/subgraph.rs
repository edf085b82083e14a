//! A subgraph that is called in a loop, against a function that does the same.

use super::{case, run, timed};
use crate::rounds::{Case, Pair};
use graph_runtime::{GraphState, Update, graph};

/// How often the subgraph runs, and how many nodes it runs each time.
const CALLS: u32 = 1_000;
const NODES: u32 = 2;

/// What a node of a subgraph may cost above the function, in nanoseconds, with its share of the way in and out.
const ABOVE: f64 = 500.0;

#[derive(Debug, Default, GraphState)]
struct Outer {
    left: u64,
    sum: u64,
}

#[derive(Debug, Default, GraphState)]
struct Inner {
    value: u64,
}

fn example() -> Outer {
    Outer { left: CALLS.into(), sum: 7 }
}

fn twice(inner: &Inner) -> impl Update<Inner> + use<> {
    Inner::update().value(inner.value.wrapping_mul(2))
}

fn more(inner: &Inner) -> impl Update<Inner> + use<> {
    Inner::update().value(inner.value.wrapping_add(1))
}

graph! {
    graph Called<Inner>;
    node twice, more;
    start -> twice -> more -> end;
}

fn enter(outer: &Outer) -> impl Update<Inner> + use<> {
    Inner::update().value(outer.sum)
}

fn leave(outer: &Outer, inner: &Inner) -> impl Update<Outer> + use<> {
    Outer::update().sum(inner.value).left(outer.left - 1)
}

fn done(outer: &Outer) -> bool {
    outer.left == 0
}

graph! {
    graph Calling<Outer>;
    subgraph called = Called(enter, leave);
    start -> called -> match done { true => end, false => called };
}

pub(super) fn cases() -> Vec<Case> {
    vec![case("a subgraph of 2 × `fn`", CALLS * NODES, ABOVE, || Pair {
        floor: timed(example, by_hand),
        graph: run(Calling::builder(), example),
    })]
}

fn by_hand(mut outer: Outer) -> Outer {
    while outer.left > 0 {
        let mut inner = Inner { value: outer.sum };
        inner.value = inner.value.wrapping_mul(2);
        inner.value = inner.value.wrapping_add(1);
        outer = Outer { sum: inner.value, left: outer.left - 1 };
    }
    outer
}
