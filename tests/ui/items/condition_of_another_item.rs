use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn wanted(_: &Job, _: &String) -> bool {
    true
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> for items(u32) { (first if wanted, second) } -> end;
}

fn main() {}
