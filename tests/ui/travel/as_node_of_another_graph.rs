use graph_runtime::{GraphState, MemorySaver, graph};

#[derive(GraphState)]
struct Job {
    step: u32,
}

fn work(_: &Job) {}

graph! {
    graph First<Job>;
    node work;
    start -> work -> end;
}

graph! {
    graph Second<Job>;
    node work;
    start -> work -> end;
}

fn main() {
    let thread = First::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let _ = thread.update(()).as_node(SecondNode::Work);
}
