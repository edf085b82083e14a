use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job<'a> {
    message: &'a str,
}

fn main() {}
