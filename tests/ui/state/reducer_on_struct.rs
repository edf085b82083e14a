use graph_runtime::GraphState;

#[derive(GraphState)]
#[reduce(append)]
struct Job {
    notes: Vec<String>,
}

fn main() {}
