use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

fn third(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first, second, third;
    start -> first -> end;
    'later: (second, third) -> end;
}

fn main() {}
