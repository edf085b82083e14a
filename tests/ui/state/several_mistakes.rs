use graph_runtime::GraphState;

#[derive(GraphState)]
struct Job {
    #[state(scret)]
    token: String,
    #[reduce(with)]
    best: u32,
    #[state(into = 3, default = 4)]
    tries: u8,
}

fn main() {}
