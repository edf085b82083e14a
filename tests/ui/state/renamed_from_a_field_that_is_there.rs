use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    note: String,
    #[state(renamed_from = "note")]
    message: String,
}

fn main() {}
