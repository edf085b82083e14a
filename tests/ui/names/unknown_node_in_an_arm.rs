use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn search(_: &Job) -> impl Update<Job> {}

fn done(job: &Job) -> bool {
    job.step > 3
}

graph! {
    pub graph JobGraph<Job>;

    node search;
    start -> search -> match done {
        true => end,
        false => research,
    };
}

fn main() {}
