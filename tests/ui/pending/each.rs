use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn second(_: &Job, _: &u32) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> first -> for items(u32) { second } -> end;
}

fn main() {}
