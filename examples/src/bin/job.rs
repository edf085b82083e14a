//! Counts to three, one durable step at a time.
//!
//! ```text
//! cargo run -p graph-examples --bin job -- [--db DIR] [--thread ID]
//! ```
//!
//! The first line says where the thread stands: a second run with the same directory and id finds it there, finished, and
//! starts it again; a run after a crash finds it in the middle and goes on from its last step.

use clap::Parser;
use graph_runtime::{GraphState, SledSaver, Update, graph};
use std::path::PathBuf;

/// Counts to three, one durable step at a time.
#[derive(Parser)]
struct Args {
    /// The directory of the store, created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "job.db")]
    db: PathBuf,
    /// The thread to run.
    #[arg(long, value_name = "ID", default_value = "job-42")]
    thread: String,
}

/// What the job knows.
#[derive(GraphState, Debug)]
struct Job {
    step: u32,
    message: String,
}

fn start_job(job: &Job) -> impl Update<Job> {
    println!("Running step: {}", job.step);
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
    graph JobGraph<Job>;

    node start_job, decide;

    start -> start_job -> decide -> match done {
        true => end,
        false => start_job,
    };
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let graph = JobGraph::builder().checkpointer(SledSaver::open(&args.db)?).build();
    let thread = graph.thread(args.thread);
    match thread.snapshot().await? {
        None => println!("Thread `{}` is new", thread.id()),
        Some(at) => println!("Thread `{}` has taken {} steps ({:?})", thread.id(), at.step, at.status),
    }
    let job = thread.resume_or_invoke(Job::update().step(0)).await?.finished()?;
    println!("{job:?}");
    Ok(())
}
