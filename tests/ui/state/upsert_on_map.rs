use graph_runtime::GraphState;
use std::collections::BTreeMap;

#[derive(GraphState)]
struct Job {
    #[reduce(upsert(by = id))]
    messages: BTreeMap<String, String>,
}

fn main() {}
