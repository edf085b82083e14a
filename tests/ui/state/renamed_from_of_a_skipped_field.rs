use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(skip, renamed_from = "note")]
    message: String,
}

fn main() {}
