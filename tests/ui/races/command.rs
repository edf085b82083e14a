use graph_runtime::{Command, GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

pub enum Next {
    Again,
    Leave,
}

fn first(job: &Job) -> Command<Next, impl Update<Job>> {
    let next = if job.step > 3 { Next::Leave } else { Next::Again };
    Command::to(next).update(Job::update().step(job.step + 1))
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> (first -> match { Next::Again => first, Next::Leave => join }, second) -> end;
}

fn main() {}
