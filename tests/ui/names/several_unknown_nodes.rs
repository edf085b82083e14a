use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn search(_: &Job) -> impl Update<Job> {}

fn digest(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node search, digest;
    start -> serch -> digset -> serch;
}

fn main() {}
