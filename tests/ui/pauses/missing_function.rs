use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}



graph! {
    pub graph JobGraph<Job>;

    pause approve(bool);
    start -> approve -> end;
}

fn main() {}
