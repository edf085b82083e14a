use graph_runtime::{graph};

pub struct Job {
    pub step: u32,
}

fn first(_: &Job) {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
