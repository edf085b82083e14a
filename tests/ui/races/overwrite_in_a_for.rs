use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<String>,
}

fn first(_: &Job) -> impl Update<Job> {
    Job::update().overwrite_notes(Vec::new())
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for items(u32) { first } -> end;
}

fn main() {}
