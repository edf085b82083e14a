use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(add)]
    ready: bool,
}

fn main() {}
