use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    message: String,
}

fn main() {
    let _ = Job::update().mesage("one");
}
