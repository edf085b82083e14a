use graph_runtime::GraphState;

#[derive(GraphState)]
pub struct Job {
    #[state(skip, migrate(from = u32, with = u64::from))]
    cost: u64,
}

fn main() {}
