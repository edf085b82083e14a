use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn enter(_: &Job) -> impl Update<Job> {}

fn leave(_: &Job, _: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    subgraph child = ChildGraph(enter, leave);
    start -> child -> end;
}

fn main() {}
