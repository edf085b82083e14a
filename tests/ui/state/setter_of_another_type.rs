use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<String>,
}

fn main() {
    let _ = Job::update().step("one");
}
