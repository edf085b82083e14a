use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn work(job: &Job) -> impl Update<Job> + use<> {
    Job::update().step(job.step + 1)
}

pub trait Tools: Send + Sync {}

graph! {
    pub graph JobGraph<Job, dyn Tools>;

    node work;
    start -> work -> end;
}

fn main() {}
