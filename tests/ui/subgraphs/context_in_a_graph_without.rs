use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub struct Tools;

#[derive(GraphState)]
pub struct Child {
    size: u64,
}

fn grow(child: &Child) -> impl Update<Child> {
    Child::update().size(child.size + 1)
}

graph! {
    pub graph ChildGraph<Child, Tools>;

    node grow;
    start -> grow -> end;
}

fn enter(_: &Job) -> impl Update<Child> {}

fn leave(_: &Job, _: &Child) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    subgraph child = ChildGraph(enter, leave);
    start -> child -> end;
}

fn main() {}
