use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(merge)]
    notes: Vec<String>,
}

fn main() {}
