use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

#[derive(serde::Serialize)]
pub struct Approval {
    granted: bool,
}

fn approve(_: &Job, _: &Approval) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    pause approve(Approval);
    start -> approve -> end;
}

fn main() {}
