use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

mod steps {
    use super::Job;
    use graph_runtime::Update;

    pub fn second(_: &Job) -> impl Update<Job> {}
}

graph! {
    pub graph JobGraph<Job>;

    node first, second = steps::secnd;
    start -> first -> second -> end;
}

fn main() {}
