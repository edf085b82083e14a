use graph_runtime::GraphState;
use std::rc::Rc;

#[derive(Default)]
struct Cache {
    shared: Rc<u32>,
}

#[derive(GraphState)]
struct Job {
    #[state(skip)]
    cache: Cache,
}

fn main() {}
