use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(append)]
    notes: Vec<String>,
}

fn main() {
    let _ = Job::update().notes([1, 2]);
}
