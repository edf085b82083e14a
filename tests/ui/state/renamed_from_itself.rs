use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(renamed_from = "message")]
    message: String,
}

fn main() {}
