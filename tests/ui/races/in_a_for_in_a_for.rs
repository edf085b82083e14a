use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn parts(_: &Job, item: &u32) -> Vec<u32> {
    vec![*item]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for items(u32) { for parts(u32) { first } } -> end;
}

fn main() {}
