use graph_runtime::{GraphState, MemorySaver, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn first(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {
    let graph = JobGraph::builder().checkpointer(MemorySaver::new()).build();
    let _ = graph.thread("a").reply(JobGraphReply::First(true));
}
