use graph_runtime::GraphState;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Message {
    id: u64,
}

#[derive(GraphState)]
struct Job {
    #[reduce(upsert(by = id, key = String))]
    messages: Vec<Message>,
}

fn main() {}
