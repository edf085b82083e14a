use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(append)]
    notes: Vec<String>,
}

fn main() {}
