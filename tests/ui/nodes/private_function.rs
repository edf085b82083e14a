use graph_runtime::{GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

mod steps {
    use super::Job;
    use graph_runtime::Update;

    fn first(_: &Job) -> impl Update<Job> {}
}

graph! {
    pub graph JobGraph<Job>;

    node first = steps::first;
    start -> first -> end;
}

fn main() {}
