use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub struct Refused;

async fn first(_: &Job) -> Result<(), Refused> {
    Err(Refused)
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
