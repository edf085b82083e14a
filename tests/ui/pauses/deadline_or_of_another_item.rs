use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

fn refuse(_: &Job, item: &String) -> bool {
    item.is_empty()
}

fn items(job: &Job) -> Vec<u32> {
    vec![job.step]
}

graph! {
    pub graph JobGraph<Job>;

    #[deadline("24h", or = refuse)]
    pause approve(bool);
    start -> for items(u32) { approve } -> end;
}

fn main() {}
