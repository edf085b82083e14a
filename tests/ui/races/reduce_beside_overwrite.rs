use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<String>,
}

fn first(_: &Job) -> impl Update<Job> {
    Job::update().notes(["first".to_owned()])
}

fn second(_: &Job) -> impl Update<Job> {
    Job::update().overwrite_notes(Vec::new())
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first, second) -> end;
}

fn main() {}
