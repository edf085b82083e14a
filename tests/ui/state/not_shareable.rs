use graph_runtime::GraphState;
use std::cell::RefCell;

#[derive(GraphState)]
struct Job {
    #[state(skip)]
    cache: RefCell<u32>,
}

fn main() {}
