use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn enter(_: &Job) -> impl Update<Job> {}

fn leave(_: &Job, _: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    subgraph child = JobGraph(enter, leave);
    start -> first -> for items(u32) { child } -> end;
}

fn main() {}
