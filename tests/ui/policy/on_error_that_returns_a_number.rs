use graph_runtime::{GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn failed(job: &Job, _: &NodeError) -> u32 {
    job.step
}

graph! {
    pub graph JobGraph<Job>;

    #[on_error(failed)]
    node first;
    start -> first -> end;
}

fn main() {}
