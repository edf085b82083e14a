use graph_runtime::GraphState;

pub struct Cents(u32);

fn wide(cost: Cents) -> u64 {
    cost.0.into()
}

#[derive(GraphState)]
pub struct Job {
    #[state(migrate(from = Cents, with = wide))]
    cost: u64,
}

fn main() {}
