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

/// Where a job goes.
pub enum Answer {
    /// On, this far.
    On(u32),
    /// Back.
    Back {
        /// Whether to the first node.
        first: bool,
    },
    /// Nowhere.
    Stop,
}

fn answer(job: &Job) -> Answer {
    match job.step {
        0..4 => Answer::On(job.step),
        4 => Answer::Back { first: false },
        5 => Answer::Back { first: true },
        _ => Answer::Stop,
    }
}

fn message(job: &Job) -> &str {
    &job.message
}

async fn add(job: &Job) -> impl Update<Job> {
    std::future::ready(()).await;
    Job::update().step(job.step + 1)
}

fn note(job: &Job) -> impl Update<Job> {
    Job::update().message(format!("{}{}", job.message, job.step))
}

graph! {
    /// Every form of a route.
    pub graph Routes<Job>;

    node first = add, second = add, note;

    start -> match done {
        true => end,
        false => first,
    };

    first -> match answer {
        Answer::On(far) if far > 100 => end,
        Answer::On(1 | 2) => first,
        Answer::On(_) => note -> match message {
            "never" => end,
            _ => second,
        },
        Answer::Back { first: true } => first,
        Answer::Back { .. } | Answer::Stop => end,
    };

    second -> match answer {
        Answer::Back { first: false } => note,
        Answer::Back { first: true } => first,
        _ => end,
    };
}

#[test]
fn routes_are_read_after_the_updates() {
    let job = block_on(Routes::new().run(())).expect("no node fails");
    assert_eq!((job.step, job.message.as_str()), (6, "34"));
}

#[test]
fn a_route_may_lead_from_the_start_to_the_end() {
    let job = block_on(Routes::new().run(Job::update().step(9_u32))).expect("no node fails");
    assert_eq!((job.step, job.message.as_str()), (9, ""));
}

#[test]
fn a_run_goes_into_any_task() {
    fn is_spawnable<T: Send + 'static>(value: T) -> T {
        value
    }
    let job = block_on(is_spawnable(Routes::new().run(()))).expect("no node fails");
    assert_eq!(job.step, 6);
}

/// What the check of parallel writes will build on: the writes of a node's function, known in const evaluation.
mod writes {
    use super::{Job, add, note};
    use graph_runtime::__private::{WriteKind, Writes};
    use graph_runtime::{BoxError, Ctx, Update};

    const fn of<F, W, U>(_: &F) -> Writes
    where
        F: Fn(&'static Job, &'static Ctx) -> W,
        W: Future<Output = Result<U, BoxError>>,
        U: Update<Job>,
    {
        U::WRITES
    }

    async fn add_task(job: &'static Job, _: &'static Ctx) -> Result<impl Update<Job>, BoxError> {
        Ok(add(job).await)
    }

    async fn note_task(job: &'static Job, _: &'static Ctx) -> Result<impl Update<Job>, BoxError> {
        Ok(note(job))
    }

    const ADD: Writes = of(&add_task);
    const NOTE: Writes = of(&note_task);

    #[test]
    fn are_those_of_the_return_type() {
        let replaces = |writes: &Writes, field| matches!(writes, Writes::Field { index, kind: WriteKind::Replace, .. } if *index == field);
        assert!(replaces(&ADD, 0) && replaces(&NOTE, 1), "{ADD:?} {NOTE:?}");
    }
}
