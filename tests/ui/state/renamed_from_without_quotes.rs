use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(renamed_from = note)]
    message: String,
}

fn main() {}
