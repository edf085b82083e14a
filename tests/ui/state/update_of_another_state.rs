use graph_runtime::{GraphState, Update};

#[derive(GraphState)]
struct Job {
    step: u32,
}

#[derive(GraphState)]
struct Order {
    step: u32,
}

fn count(job: &Job) -> impl Update<Job> {
    Order::update().step(job.step + 1)
}

fn main() {}
