use graph_runtime::GraphState;

#[derive(GraphState)]
union Job {
    step: u32,
    code: i32,
}

fn main() {}
