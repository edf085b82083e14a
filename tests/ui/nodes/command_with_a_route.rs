use graph_runtime::{Command, GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn second(_: &Job) -> impl Update<Job> {}

fn first(_: &Job) -> Command<bool> {
    Command::to(true)
}

fn done(job: &Job) -> bool {
    job.step > 3
}

graph! {
    pub graph JobGraph<Job>;

    node first, second;
    start -> first -> match done {
        true => end,
        false => second,
    };
    second -> end;
}

fn main() {}
