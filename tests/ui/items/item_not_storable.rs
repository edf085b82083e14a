use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

pub struct Page;

fn pages(_: &Job) -> Vec<Page> {
    vec![Page]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for pages(Page) { first } -> end;
}

fn main() {}
