use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn search_web(_: &Job) -> impl Update<Job> {}

fn other(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node search_web, searchWeb = other;
    start -> search_web -> searchWeb -> end;
}

fn main() {}
