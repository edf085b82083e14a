use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn enter(_: &Job) -> impl Update<Job> {}

fn leave(_: &Job, _: &Job) -> impl Update<Job> {}

graph! {
    pub graph Other<Job>;

    subgraph job = JobGraph(enter, leave);
    start -> job -> end;
}

graph! {
    pub graph JobGraph<Job>;

    subgraph other = Other(enter, leave);
    start -> other -> end;
}

fn main() {}
