use graph_runtime::{Builder, Definition, GraphState, MemorySaver, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

async fn run<G: Definition<Context = ()>>() {
    let graph = Builder::<G>::new().checkpointer(MemorySaver::new()).build();
    let _ = graph.run(()).await;
}

fn first(_: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> end;
}

fn main() {
    drop(run::<JobGraph>());
}
