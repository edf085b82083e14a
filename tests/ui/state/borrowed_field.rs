use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    message: &str,
}

fn main() {}
