use graph_runtime::{CheckpointId, GraphState, MemorySaver, graph};

#[derive(GraphState)]
struct Job {
    step: u32,
}

#[derive(GraphState)]
struct Other {
    step: u32,
}

fn work(_: &Job) {}

graph! {
    graph Working<Job>;
    node work;
    start -> work -> end;
}

fn main() {
    let thread = Working::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let _ = thread.at(CheckpointId(1)).fork(Other::update().step(1));
}
