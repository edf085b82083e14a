use graph_runtime::{Command, GraphState, NodeError, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub enum Next {
    Again,
    Leave,
}

fn first(job: &Job) -> Command<Next, impl Update<Job>> {
    Command::to(if job.step > 3 { Next::Leave } else { Next::Again }).update(())
}

fn failed(_: &Job, _: &NodeError) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    #[on_error(failed)]
    node first;
    start -> first -> match { Next::Again => first, Next::Leave => end };
}

fn main() {}
