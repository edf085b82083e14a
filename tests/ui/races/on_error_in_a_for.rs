use graph_runtime::{GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn failed(job: &Job, _: &NodeError) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

graph! {
    pub graph JobGraph<Job>;

    #[on_error(failed)]
    node first;
    start -> for items(u32) { first } -> end;
}

fn main() {}
