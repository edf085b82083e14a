use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub struct Tools;

fn first(_: &Job, _: &Tools) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job, Tools>;

    node first;
    start -> first -> end;
}

fn main() {}
