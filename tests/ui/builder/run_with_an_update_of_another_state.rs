use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub struct Tools;

fn first(_: &Job) {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {
    let _ = JobGraph::new().run(3);
}
