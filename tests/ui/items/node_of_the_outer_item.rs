use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job, _: &u32) -> impl Update<Job> {}

fn parts(_: &Job, item: &u32) -> Vec<String> {
    vec![item.to_string()]
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for items(u32) { for parts(String) { first } } -> end;
}

fn main() {}
