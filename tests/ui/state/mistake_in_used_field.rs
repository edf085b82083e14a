use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
struct Job {
    #[reduce(appendd)]
    notes: Vec<String>,
    step: u32,
}

fn note(job: &Job) -> impl Update<Job> {
    Job::update().notes([format!("step {}", job.step)]).step(job.step + 1)
}

graph! {
    graph Notes<Job>;
    node note;
    start -> note -> end;
}

fn main() {
    let _ = Notes::new().run(Job::update().overwrite_notes(vec!["none".to_owned()]));
}
