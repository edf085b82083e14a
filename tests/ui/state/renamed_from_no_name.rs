use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(renamed_from = "")]
    message: String,
}

fn main() {}
