use graph_runtime::GraphState;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Plan {
    Fast,
    Safe,
}

#[derive(GraphState)]
struct Job {
    plan: Plan,
}

fn main() {}
