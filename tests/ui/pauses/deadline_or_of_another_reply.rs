use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

fn refuse(_: &Job) -> u32 {
    0
}

graph! {
    pub graph JobGraph<Job>;

    #[deadline("24h", or = refuse)]
    pause approve(bool);
    start -> approve -> end;
}

fn main() {}
