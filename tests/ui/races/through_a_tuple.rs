use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<String>,
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn first(_: &Job) -> impl Update<Job> {
    (Job::update().notes(["first".to_owned()]), Job::update().step(1))
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first, second) -> end;
}

fn main() {}
