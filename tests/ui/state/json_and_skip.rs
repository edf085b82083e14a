use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(json, skip)]
    raw: String,
}

fn main() {}
