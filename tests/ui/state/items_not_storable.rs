use graph_runtime::GraphState;
use std::collections::BTreeMap;

struct Cache;

#[derive(GraphState)]
struct Job {
    #[reduce(merge)]
    caches: BTreeMap<String, Cache>,
}

fn main() {
    let _ = Job::update().caches([("a".to_owned(), Cache)]);
}
