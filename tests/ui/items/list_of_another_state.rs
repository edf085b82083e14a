use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

pub struct Other;

fn items(_: &Other) -> Vec<u32> {
    Vec::new()
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for items(u32) { first } -> end;
}

fn main() {}
