use graph_runtime::{Ctx, GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

fn wanted(_: &Job, cx: &Ctx<()>) -> bool {
    cx.step() > 3
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first if wanted, second) -> end;
}

fn main() {}
