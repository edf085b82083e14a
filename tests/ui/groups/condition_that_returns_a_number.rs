use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

fn wanted(job: &Job) -> u32 {
    job.step
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first if wanted, second) -> end;
}

fn main() {}
