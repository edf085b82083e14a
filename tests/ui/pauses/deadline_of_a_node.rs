use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn first(_: &Job) -> impl Update<Job> {}

fn refuse(_: &Job) -> bool {
    false
}

graph! {
    pub graph JobGraph<Job>;

    #[deadline("24h", or = refuse)]
    node first;
    start -> first -> end;
}

fn main() {}
