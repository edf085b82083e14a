use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[reduce(with = |old: &mut u32, new| *old = new)]
    step: u32,
}

fn main() {}
