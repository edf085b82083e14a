use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    message: &'static str,
}

fn main() {}
