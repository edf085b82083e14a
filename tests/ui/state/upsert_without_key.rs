use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(upsert)]
    messages: Vec<String>,
}

fn main() {}
