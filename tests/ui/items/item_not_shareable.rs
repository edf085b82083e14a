use graph_runtime::{GraphState, Update, graph};
use std::cell::Cell;

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn cells(_: &Job) -> Vec<Cell<u32>> {
    vec![Cell::new(1)]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for cells(Cell<u32>) { first } -> end;
}

fn main() {}
