use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

pub struct Other;

fn wanted(_: &Other) -> bool {
    true
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first if wanted, second) -> end;
}

fn main() {}
