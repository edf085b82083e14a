use graph_runtime::GraphState;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Id(u32);

#[derive(Serialize, Deserialize)]
struct Message {
    id: Id,
}

#[derive(GraphState)]
struct Job {
    #[reduce(upsert(by = id))]
    messages: Vec<Message>,
}

fn main() {}
