use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn work(job: &Job) -> impl Update<Job> + use<> {
    Job::update().step(job.step + 1)
}

fn done(job: &Job) -> bool {
    job.step >= 3
}

graph! {
    pub graph JobGraph<Job>;

    node work;
    start -> work -> if done { end } else { work };
}

fn main() {}
