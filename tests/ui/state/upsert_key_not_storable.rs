use graph_runtime::GraphState;
use serde::{Deserialize, Serialize};

#[derive(Default, PartialEq)]
struct Id(u32);

#[derive(Serialize, Deserialize)]
struct Message {
    #[serde(skip)]
    id: Id,
}

#[derive(GraphState)]
struct Job {
    #[reduce(upsert(by = id, key = Id))]
    messages: Vec<Message>,
}

fn main() {
    let _ = Job::update().remove_messages([Id(1)]);
}
