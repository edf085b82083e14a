use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn search(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node search;
    start -> serch -> end;
}

fn main() {}
