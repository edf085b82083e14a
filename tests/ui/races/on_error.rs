use graph_runtime::{GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn first(_: &Job) -> impl Update<Job> {}

fn failed(job: &Job, _: &NodeError) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

graph! {
    pub graph JobGraph<Job>;

    #[on_error(failed)]
    node first;
    node second;
    start -> (first, second) -> end;
}

fn main() {}
