use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(append)]
    cost: f64,
}

fn main() {
    let _ = Job::update().cost([1.0]);
}
