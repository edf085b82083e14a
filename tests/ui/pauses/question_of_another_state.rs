use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
    #[reduce(append)]
    notes: Vec<u32>,
}

fn approve(_: &Job, _: &bool) -> impl Update<Job> {}

fn card(text: &String) -> String {
    text.clone()
}

graph! {
    pub graph JobGraph<Job>;

    pause approve(bool) asks card;
    start -> approve -> end;
}

fn main() {}
