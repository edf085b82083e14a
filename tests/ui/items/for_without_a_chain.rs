use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> for items(u32) {} -> end;
}

fn main() {}
