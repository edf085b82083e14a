use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job) -> impl Update<Job> {}

fn after(_: &Job, _: &bool) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node after;
    pause approve(bool);
    start -> approve -> after -> end;
}

fn main() {}
