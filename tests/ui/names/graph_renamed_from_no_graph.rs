use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

graph! {
    #[renamed_from("not a name")]
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {}
