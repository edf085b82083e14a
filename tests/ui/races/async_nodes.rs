use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

async fn first(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

async fn second(job: &Job) -> Result<impl Update<Job>, String> {
    Ok(Job::update().step(job.step + 1))
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first, second) -> end;
}

fn main() {}
