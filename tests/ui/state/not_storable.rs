use graph_runtime::GraphState;

#[derive(Default)]
struct Cache;

#[derive(GraphState)]
struct Job {
    step: u32,
    cache: Cache,
}

fn main() {
    let _ = Job::update().step(1);
}
