use graph_runtime::{Command, GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> Command<bool, u32> {
    Command::to(true).update(3)
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> match {
        true => end,
        false => first,
    };
}

fn main() {}
