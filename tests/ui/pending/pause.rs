use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    pause approve(bool);
    start -> first -> approve -> end;
}

fn main() {}
