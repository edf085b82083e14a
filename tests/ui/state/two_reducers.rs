use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(max)]
    #[reduce(min)]
    score: u32,
}

fn main() {}
