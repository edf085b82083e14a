use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn first(job: &Job) -> Result<impl Update<Job>, String> {
    if job.step > 3 { Err("too far".to_owned()) } else { Ok(Job::update().step(1)) }
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first, second) -> end;
}

fn main() {}
