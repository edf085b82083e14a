use graph_runtime::GraphState;

fn cents(euros: f64) -> u64 {
    euros as u64
}

#[derive(GraphState)]
pub struct Job {
    #[state(migrate(from = u32, with = cents))]
    cost: u64,
}

fn main() {}
