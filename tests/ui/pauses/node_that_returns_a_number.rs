use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> u32 {
    3
}

graph! {
    pub graph JobGraph<Job>;

    pause approve(bool);
    start -> approve -> end;
}

fn main() {}
