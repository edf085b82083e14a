use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job<T: Default> {
    step: T,
}

fn main() {}
