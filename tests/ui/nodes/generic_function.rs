use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first<T: Default>(_: &Job) -> impl Update<Job> {
    T::default();
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
