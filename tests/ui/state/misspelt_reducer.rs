use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(apend)]
    notes: Vec<String>,
}

fn main() {}
