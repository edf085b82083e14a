use graph_runtime::GraphState;

#[derive(GraphState)]
enum Job {
    Waiting,
    Running { step: u32 },
}

fn main() {}
