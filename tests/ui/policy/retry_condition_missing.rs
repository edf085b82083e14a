use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    #[retry(attempts = 3, if = worth)]
    node first;
    start -> first -> end;
}

fn main() {}
