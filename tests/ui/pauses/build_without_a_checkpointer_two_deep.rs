use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

fn enter(_: &Job) -> impl Update<Job> {}

fn leave(_: &Job, _: &Job) -> impl Update<Job> {}

graph! {
    pub graph Inner<Job>;

    pause approve(bool);
    start -> approve -> end;
}

graph! {
    pub graph Middle<Job>;

    subgraph inner = Inner(enter, leave);
    start -> inner -> end;
}

graph! {
    pub graph JobGraph<Job>;

    subgraph middle = Middle(enter, leave);
    start -> middle -> end;
}

fn main() {
    let _ = JobGraph::builder().build();
}
