use graph_runtime::GraphState;

fn wide(cost: u32) -> u64 {
    cost.into()
}

#[derive(GraphState)]
pub struct Job {
    #[state(migrate(from = u32, with = wide), migrate(from = u32, with = u64::from))]
    cost: u64,
}

fn main() {}
