use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

#[derive(GraphState)]
pub struct Other {
    name: String,
}

fn first(_: &Job) -> impl Update<Other> {
    Other::update().name("other")
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
