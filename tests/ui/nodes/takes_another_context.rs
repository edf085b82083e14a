use graph_runtime::{Ctx, GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub struct Tools;

async fn first(_: &Job, _: &Ctx<String>) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job, Tools>;

    node first;
    start -> first -> end;
}

fn main() {}
