use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
struct Job<T> {
    step: T,
}

fn count(_: &Job<u32>) -> impl Update<Job<u32>> {
    Job::<u32>::update()
}

graph! {
    graph Counts<Job<u32>>;
    node count;
    start -> count -> end;
}

fn main() {}
