use graph_runtime::GraphState;

#[derive(GraphState)]
pub struct Job {
    #[state(migrate(from = u32))]
    cost: u64,
}

fn main() {}
