use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn child_graph(_: &Job) -> impl Update<Job> {}

fn enter(_: &Job) -> impl Update<Job> {}

fn leave(_: &Job, _: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    subgraph child = child_graph(enter, leave);
    start -> child -> end;
}

fn main() {}
