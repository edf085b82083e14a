use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    erase: bool,
}

fn main() {}
