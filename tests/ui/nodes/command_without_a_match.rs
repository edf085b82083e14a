use graph_runtime::{Command, GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(_: &Job) -> impl Update<Job> {}

fn first(_: &Job) -> Command<bool> {
    Command::to(true)
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> first -> second -> end;
}

fn main() {}
