use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    step: u32,
}

fn main() {
    let _ = Job::update().overwrite_step(1);
}
