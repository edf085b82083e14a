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

fn leave(job: &Job, _: &Child) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    subgraph child = ChildGraph(enter, leave);
    start -> for items(u32) { child } -> end;
}

fn main() {}
