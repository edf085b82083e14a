use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn done(_: &Job, _: &String) -> bool {
    true
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for items(u32) { first -> match done { true => join, false => first } } -> end;
}

fn main() {}
