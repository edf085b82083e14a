use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn third(_: &Job) -> impl Update<Job> {}

fn done(job: &Job) -> bool {
    job.step > 3
}

graph! {
    pub graph JobGraph<Job>;

    node first, third;
    start -> (first -> match done { true => first, false => first }, third) -> end;
}

fn main() {}
