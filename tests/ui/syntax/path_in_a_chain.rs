use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

mod steps {
    use super::Job;

    pub fn first(_: &Job) {}
}

graph! {
    pub graph JobGraph<Job>;

    start -> steps::first -> end;
}

fn main() {}
