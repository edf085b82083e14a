use graph_runtime::{GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn first(_: &Job) -> impl Update<Job> {
    Job::update().step(1)
}

fn approve(_: &Job, reply: &u32) -> impl Update<Job> {
    Job::update().notes([*reply])
}

fn recover(_: &Job, _: &NodeError) -> impl Update<Job> {
    Job::update().step(0)
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    #[on_error(recover)]
    pause approve(u32);
    start -> (first, approve) -> end;
}

fn main() {}
