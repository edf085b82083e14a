use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

fn second(_: &Job) -> impl Update<Job> {}

fn third(_: &Job) -> impl Update<Job> {}

fn last(_: &Job) -> impl Update<Job> {}

fn done(job: &Job) -> bool {
    job.step > 3
}

graph! {
    pub graph JobGraph<Job>;

    node first, second, third, last;
    start -> (first -> 'inner: (second, third)) -> last -> match done { true => end, false => 'inner };
}

fn main() {}
