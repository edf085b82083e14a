use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn one(_: &Job, reply: &u32) -> impl Update<Job> {
    Job::update().step(*reply)
}

fn other(_: &Job, reply: &u32) -> impl Update<Job> {
    Job::update().step(*reply)
}

graph! {
    pub graph JobGraph<Job>;

    pause one(u32);
    pause other(u32);
    start -> (one, other) -> end;
}

fn main() {}
