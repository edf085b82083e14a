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

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

fn down(_: &Job) -> impl Update<Child> {}

fn up(_: &Job, _: &Child) -> impl Update<Job> {}

graph! {
    pub graph Middle<Job>;

    #[memory(thread)]
    subgraph child = ChildGraph(down, up);
    start -> child -> end;
}

fn enter(_: &Job) -> impl Update<Job> {}

fn leave(_: &Job, _: &Job) -> impl Update<Job> {}

graph! {
    pub graph JobGraph<Job>;

    subgraph middle = Middle(enter, leave);
    start -> for items(u32) { middle } -> end;
}

fn main() {}
