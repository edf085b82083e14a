use graph_runtime::{Command, GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> Command<bool> {
    Command::to(true)
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> match {
        true => end,
    };
}

fn main() {}
