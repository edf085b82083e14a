//! `graph!`: chains, routes and loops.

use futures_lite::future::block_on;
use graph_runtime::{Definition, GraphState, NodeName, Update, graph};

/// A job.
#[derive(GraphState, Debug)]
pub struct Job {
    step: u32,
    message: String,
}

fn start_job(job: &Job) -> impl Update<Job> {
    Job::update().step(job.step + 1)
}

fn decide(job: &Job) -> impl Update<Job> {
    Job::update().message(if job.step >= 3 { "Process complete" } else { "Continuing" })
}

fn done(job: &Job) -> bool {
    job.step >= 3
}

graph! {
    /// Counts to three.
    pub graph JobGraph<Job>;

    node start_job, decide;

    start -> start_job -> decide -> match done {
        true => end,
        false => start_job,
    };
}

#[test]
fn a_loop_ends() {
    let job = block_on(JobGraph::new().run(Job::update().step(0_u32))).expect("no node fails");
    assert_eq!((job.step, job.message.as_str()), (3, "Process complete"));
}

#[test]
fn nodes_stand_in_the_order_of_the_text() {
    assert_eq!(JobGraph::NAME, "JobGraph");
    assert_eq!(JobGraphNode::ALL, [JobGraphNode::StartJob, JobGraphNode::Decide]);
    assert_eq!(JobGraphNode::from_name("decide"), Some(JobGraphNode::Decide));
}
