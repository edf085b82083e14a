use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

fn done(job: &Job) -> bool {
    job.step > 3
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> first -> for items(u32) { second -> match done { true => join, false => first } } -> end;
}

fn main() {}
