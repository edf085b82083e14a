use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, reply: &bool) -> bool {
    *reply
}

fn first(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> (first if approve) -> end;
}

fn main() {}
