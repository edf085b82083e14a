use graph_runtime::{GraphState, MemorySaver, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

graph! {
    pub graph Other<Job>;

    pause approve(bool);
    start -> approve -> end;
}

graph! {
    pub graph JobGraph<Job>;

    pause approve(bool);
    start -> approve -> end;
}

fn main() {
    let _ = JobGraph::builder().checkpointer(MemorySaver::new()).pause_after([OtherNode::Approve]);
}
