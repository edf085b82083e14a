use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(with = keep_longest)]
    best: String,
}

fn main() {}
