use graph_runtime::GraphState;

fn keep_longer(best: &mut String, draft: &str) {
    if draft.len() > best.len() {
        draft.clone_into(best);
    }
}

#[derive(GraphState)]
struct Job {
    #[reduce(with = keep_longer)]
    best: String,
}

fn main() {}
