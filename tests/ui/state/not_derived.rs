use graph_runtime::Update;

struct Job {
    step: u32,
}

fn count(_: &Job) -> impl Update<Job> {}

fn main() {}
