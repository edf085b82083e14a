use graph_runtime::{GraphState, Update, graph};

use std::rc::Rc;

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

async fn pause() {}

async fn first(job: &Job) -> impl Update<Job> {
    let shared = Rc::new(job.step);
    pause().await;
    Job::update().step(*shared)
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
