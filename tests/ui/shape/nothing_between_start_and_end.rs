use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

graph! {
    pub graph JobGraph<Job>;

    start -> end;
}

fn main() {}
