use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    step: u32,
    maybe_step: bool,
}

fn main() {
    let _ = Job::update().step(1);
}
