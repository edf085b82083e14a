use graph_runtime::{Command, GraphState, graph};

#[derive(GraphState)]
pub struct Job {
    step: u32,
}

pub enum Step {
    Again,
    End,
}

fn first(job: &Job) -> Command<Step> {
    Command::to(if job.step == 0 { Step::Again } else { Step::End })
}

graph! {
    pub graph JobGraph<Job>;

    node first;
    start -> first -> match {
        Step::Again => first,
        Step::Endd => end,
    };
}

fn main() {}
