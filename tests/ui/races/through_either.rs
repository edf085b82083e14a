use graph_runtime::{Either, GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn first(job: &Job) -> impl Update<Job> {
    if job.step > 3 {
        Either::Left(())
    } else {
        Either::Right(Job::update().step(1))
    }
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first, second) -> end;
}

fn main() {}
