use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(default = "three")]
    tries: u8,
}

fn main() {}
