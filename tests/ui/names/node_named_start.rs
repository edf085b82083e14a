use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn start(_: &Job) -> impl Update<Job> {}

fn search(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node start, search;
    start -> search -> end;
}

fn main() {}
