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

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first -> match done { true => join, false => start }, second) -> end;
}

fn main() {}
