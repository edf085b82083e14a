//! What the stored threads are: requests that were answered, and one that waits for a person.

use crate::Failure;
use futures_lite::future::block_on;
use graph_runtime::{Checkpointer, Durability, GraphState, StoreError, Thread, Update, graph};
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(Debug, Default, GraphState)]
pub(super) struct Request {
    question: String,
    answer: String,
    delicate: bool,
}

fn answer(request: &Request) -> impl Update<Request> + use<> {
    Request::update().answer(format!("{}: here is what we know of it", request.question))
}

fn delicate(request: &Request) -> bool {
    request.delicate
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "replies are passed by reference")]
fn approve(_: &Request, approved: &bool) -> impl Update<Request> + use<> {
    Request::update().delicate(*approved)
}

graph! {
    pub(super) graph Support<Request>;

    node answer;
    pause approve(bool);

    start -> answer -> match delicate {
        true => approve -> end,
        false => end,
    };
}

/// The thread that waits.
const WAITING: &str = "waiting";

/// How long a process took to do what it does first.
pub(super) struct First {
    pub(super) opened: Duration,
    pub(super) served: Duration,
}

fn thread<C: Checkpointer + Clone>(saver: &C, durability: Durability, name: &str) -> Thread<Support> {
    Support::builder().checkpointer(saver.clone()).durability(durability).build().thread(name)
}

fn question(number: u32) -> impl Update<Request> {
    Request::update().question(format!("what of my order of yesterday, number {number:08}?"))
}

/// Runs so many threads to their end, under names that come in no order, as those of services do. `kill` is called when all is
/// durable and nothing closed.
pub(super) fn fill<C: Checkpointer + Clone>(
    saver: &C,
    threads: u32,
    kill: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let graph = Support::builder().checkpointer(saver.clone()).durability(Durability::Async).build();
    for number in 0..threads {
        // An odd factor: no two numbers have the same product.
        let name = (u64::from(number) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        block_on(graph.thread(format!("{name:016x}")).invoke(question(number)))?.finished()?;
    }
    let waiting = graph.thread(WAITING).invoke((question(threads), Request::update().delicate(true)));
    if block_on(waiting)?.finished().is_ok() {
        return Err("the thread does not wait".into());
    }
    block_on(saver.flush())?;
    kill()
}

/// Opens the store and serves a new thread.
pub(super) fn serve<C: Checkpointer + Clone>(
    path: &Path,
    open: impl FnOnce(&Path) -> Result<C, StoreError>,
) -> Result<(C, First), Failure> {
    let began = Instant::now();
    let saver = open(path)?;
    let opened = began.elapsed();
    block_on(thread(&saver, Durability::Sync, "new").invoke(question(0)))?.finished()?;
    Ok((saver, First { opened, served: began.elapsed().saturating_sub(opened) }))
}

/// Answers the thread that waits, and so drives it to its end.
pub(super) fn reply<C: Checkpointer + Clone>(saver: &C) -> Result<Duration, Failure> {
    let began = Instant::now();
    block_on(thread(saver, Durability::Sync, WAITING).reply(SupportReply::Approve(true)))?.finished()?;
    Ok(began.elapsed())
}
