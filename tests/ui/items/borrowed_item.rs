use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn words(_: &Job) -> Vec<&'static str> {
    vec!["word"]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for words(&'static str) { first } -> end;
}

fn main() {}
