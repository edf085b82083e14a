use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job(u32, String);

fn main() {}
