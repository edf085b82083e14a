use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn third(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

graph! {
    pub graph JobGraph<Job>;

    node first, second, third;
    start -> (first, second, third) -> end;
}

fn main() {}
