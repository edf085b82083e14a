use graph_runtime::{GraphState, Update};

#[derive(GraphState)]
struct Job {
    step: u32,
    message: String,
}

fn decide(job: &Job) -> impl Update<Job> {
    if job.step > 3 {
        Job::update().message("done")
    } else {
        Job::update().step(job.step + 1)
    }
}

fn main() {}
