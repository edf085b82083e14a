use graph_runtime::{GraphState, Update, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

fn first(_: &Job) -> impl Update<Job> {}

pub enum Answer {
    Again,
    Finished,
    Unsure,
}

fn answer(job: &Job) -> Answer {
    match job.step {
        0 => Answer::Again,
        1 => Answer::Unsure,
        _ => Answer::Finished,
    }
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> match answer {
        Answer::Again => first,
        Answer::Finished => end,
    };
}

fn main() {}
