use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(renamed_from("note", "text", "note"))]
    message: String,
}

fn main() {}
