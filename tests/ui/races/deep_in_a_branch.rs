use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn third(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn first(_: &Job) -> impl Update<Job> {}

fn done(job: &Job) -> bool {
    job.step > 3
}

graph! {
    pub graph JobGraph<Job>;

    node first, second, third;
    start -> (first -> match done { true => join, false => second -> join }, third) -> end;
}

fn main() {}
