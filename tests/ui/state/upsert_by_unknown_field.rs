use graph_runtime::GraphState;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Message {
    id: String,
}

#[derive(GraphState)]
struct Job {
    #[reduce(upsert(by = idd))]
    messages: Vec<Message>,
}

fn main() {}
