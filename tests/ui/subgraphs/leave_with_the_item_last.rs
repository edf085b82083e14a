use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

#[derive(GraphState)]
pub struct Child {
    size: u64,
}

fn grow(child: &Child) -> impl Update<Child> {
    Child::update().size(child.size + 1)
}

graph! {
    pub graph ChildGraph<Child>;

    node grow;
    start -> grow -> end;
}

fn enter(_: &Job) -> impl Update<Child> {}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn leave(_: &Job, _: &Child, _: &u32) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    subgraph child = ChildGraph(enter, leave);
    start -> for items(u32) { child } -> end;
}

fn main() {}
