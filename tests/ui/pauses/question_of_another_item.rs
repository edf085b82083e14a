use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

fn card(_: &Job, item: &String) -> String {
    item.clone()
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    pause approve(bool) asks card;
    start -> for items(u32) { approve } -> end;
}

fn main() {}
