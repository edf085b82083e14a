use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    #[renamed_from("zeroth")]
    node first;
    #[renamed_from("zeroth")]
    node second;
    start -> first -> second -> end;
}

fn main() {}
