use graph_runtime::{GraphState, Update, graph};
use std::error::Error;

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

async fn first(job: &Job) -> Result<impl Update<Job>, Box<dyn Error>> {
    Ok(Job::update().step(job.step + 1))
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
