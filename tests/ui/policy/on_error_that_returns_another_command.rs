use graph_runtime::{Command, GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub enum Next {
    Leave,
}

fn first(_: &Job) -> Command<Next, impl Update<Job>> {
    Command::to(Next::Leave).update(())
}

pub enum Other {
    Leave,
}

fn failed(_: &Job, _: &NodeError) -> Command<Other, impl Update<Job>> {
    Command::to(Other::Leave).update(())
}

graph! {
    pub graph JobGraph<Job>;

    #[on_error(failed)]
    node first;
    start -> first -> match { Next::Leave => end };
}

fn main() {}
