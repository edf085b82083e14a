use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    size: u64,
}

fn first(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1).size(1)
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().size(2).step(job.step + 2)
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first, second) -> end;
}

fn main() {}
