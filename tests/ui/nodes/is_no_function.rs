use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

const first: u32 = 3;

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
