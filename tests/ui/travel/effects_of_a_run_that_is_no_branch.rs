use graph_runtime::{Effects, GraphState, MemorySaver, graph};

#[derive(GraphState)]
struct Job {
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
    let _ = thread.invoke(()).effects(Effects::Again);
}
