use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(defualt = 3)]
    tries: u8,
}

fn main() {
    let _ = Job::update().tries(1);
}
