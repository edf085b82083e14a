use graph_runtime::{GraphState, Update, graph};
use std::rc::Rc;

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn pages(_: &Job) -> Vec<Rc<str>> {
    vec!["page".into()]
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> for pages(Rc<str>) { first } -> end;
}

fn main() {}
