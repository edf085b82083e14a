use graph_runtime::{Command, GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

pub enum Next {
    Again,
}

fn failed(_: &Job, _: &NodeError) -> Command<Next, impl Update<Job>> {
    Command::to(Next::Again).update(())
}

graph! {
    pub graph JobGraph<Job>;

    #[on_error(failed)]
    node first;
    start -> first -> end;
}

fn main() {}
