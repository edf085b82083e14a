//! A reply and a run of its thread at the same time: whatever their order, the reply is used once, nobody is told that
//! another one drives who does not, and what was acknowledged is found by `recover`.
//!
//! The futures are polled by hand, one after the other in every order with few changes between them, over a store whose
//! calls wait before and after their work.

#![allow(
    clippy::ptr_arg,
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "pauses take replies by reference, whatever they are"
)]

use futures_lite::{StreamExt, future};
use graph_runtime::{
    Ctx, Durability, Error, Graph, GraphState, MemorySaver, Outcome, Status, StopReason, Thread, Update, graph,
};
use graph_tests::faulty::Faulty;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

#[derive(GraphState, Debug, PartialEq)]
struct Desk {
    #[reduce(append)]
    said: Vec<String>,
    #[reduce(add)]
    ticks: u32,
    #[reduce(append)]
    log: Vec<String>,
}

#[derive(Default)]
struct Calls {
    ticks: AtomicU32,
    asked: AtomicU32,
}

async fn tick(_: &Desk, cx: &Ctx<Calls>) -> impl Update<Desk> + use<> {
    cx.context().ticks.fetch_add(1, Ordering::Relaxed);
    future::yield_now().await;
    Desk::update().ticks(1)
}

fn twice(desk: &Desk) -> bool {
    desk.ticks >= 2
}

async fn ask(_: &Desk, reply: &String, cx: &Ctx<Calls>) -> impl Update<Desk> + use<> {
    cx.context().asked.fetch_add(1, Ordering::Relaxed);
    future::yield_now().await;
    Desk::update().said([reply.clone()])
}

graph! {
    graph Asking<Desk, Calls>;
    node tick;
    pause ask(String);
    start -> (ask, tick -> match twice { true => join, false => tick }) -> end;
}

/// One store in one process.
struct Bench {
    memory: MemorySaver,
    saver: Faulty,
    calls: Arc<Calls>,
    durability: Durability,
}

impl Bench {
    fn new(durability: Durability) -> Bench {
        let memory = MemorySaver::new();
        let saver = Faulty::new(memory.clone()).late();
        Bench { memory, saver, calls: Arc::default(), durability }
    }

    fn graph(&self) -> Graph<Asking> {
        let graph = Asking::builder().context(Arc::clone(&self.calls)).checkpointer(self.saver.clone());
        graph.durability(self.durability).build()
    }

    fn thread(&self) -> Thread<Asking> {
        self.graph().thread("a")
    }

    /// The store as another process sees it.
    fn elsewhere(&self) -> Bench {
        let saver = Faulty::new(self.memory.clone()).late();
        Bench { memory: self.memory.clone(), saver, calls: Arc::clone(&self.calls), durability: self.durability }
    }

    /// A thread that waits for nothing else any more.
    fn waiting(durability: Durability) -> Bench {
        let bench = Bench::new(durability);
        finish(&mut spawn(bench.thread().invoke(())));
        bench
    }

    fn status(&self) -> Option<(Status, Desk)> {
        let snapshot = run(self.thread().snapshot()).unwrap()?;
        Some((snapshot.status, snapshot.state))
    }

    /// The thread is at its end, everything in it happened once, and this reply is in it.
    fn is_done(&self, reply: &str, told: &str) {
        let (status, desk) = self.status().expect("it has run");
        assert_eq!((status, desk.ticks, &*desk.said), (Status::Finished, 2, &[reply.to_owned()][..]), "{told}");
        assert_eq!(self.calls.asked.load(Ordering::Relaxed), 1, "{told}");
        assert_eq!(self.calls.ticks.load(Ordering::Relaxed), 2, "{told}");
        run(self.thread().verify()).unwrap();
    }
}

fn say(text: &str) -> AskingReply {
    AskingReply::Ask(text.to_owned())
}

/// A future that is polled by hand.
struct Job<T> {
    future: Option<Pin<Box<dyn Future<Output = T>>>>,
    output: Option<T>,
}

fn spawn<T>(future: impl Future<Output = T> + 'static) -> Job<T> {
    Job { future: Some(Box::pin(future)), output: None }
}

impl<T> Job<T> {
    /// Polls so many times, or until it is done.
    fn poll(&mut self, times: u32) {
        for _ in 0..times {
            let Some(future) = &mut self.future else { return };
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                (self.future, self.output) = (None, Some(output));
            }
        }
    }

    fn ended(&self) -> bool {
        self.future.is_none()
    }
}

const PATIENCE: u32 = 10_000;

fn finish<T>(job: &mut Job<T>) -> &T {
    job.poll(PATIENCE);
    job.output.as_ref().expect("it never ends")
}

fn run<T>(future: impl Future<Output = T> + 'static) -> T {
    let mut job = spawn(future);
    finish(&mut job);
    job.output.unwrap()
}

/// Polls two jobs in turn until both are done.
fn together<A, B>(one: &mut Job<A>, other: &mut Job<B>, told: &str) {
    for _ in 0..PATIENCE {
        if one.ended() && other.ended() {
            return;
        }
        one.poll(1);
        other.poll(1);
    }
    panic!("{told}: they wait for each other");
}

const EVERY_DURABILITY: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

/// Every order in which one job begins, another one cuts in, and the first one cuts in again: how often the one, the other and
/// the one again are polled before both go on in turn.
fn orders(mut order: impl FnMut([u32; 3]) -> bool) {
    for first in 0..200 {
        // Whether the first job was not done after so many polls.
        let mut open = false;
        for second in [0, 1, 2, 3, 4, 5, 6, 8, PATIENCE] {
            for third in [1, 2, PATIENCE] {
                open |= order([first, second, third]);
            }
        }
        if !open {
            return;
        }
    }
    panic!("a job never ends");
}

fn unknown(error: &Error) -> bool {
    matches!(error, Error::UnknownThread { .. } | Error::NotWaiting { .. })
}

#[test]
fn a_reply_in_the_middle_of_a_run_is_taken_by_one_of_them() {
    for durability in EVERY_DURABILITY {
        let (mut elsewhere, mut early) = (0, 0);
        orders(|order| {
            let (bench, told) = (Bench::new(durability), format!("{durability:?} {order:?}"));
            let mut running = spawn(bench.thread().invoke(()));
            let mut replying = spawn(bench.thread().reply(say("yes")));
            running.poll(order[0]);
            let open = !running.ended();
            replying.poll(order[1]);
            running.poll(order[2]);
            together(&mut running, &mut replying, &told);
            match replying.output.unwrap() {
                Ok(Outcome::Stopped(stop)) => {
                    assert_eq!(stop.reason, StopReason::Elsewhere, "{told}");
                    elsewhere += 1;
                    assert!(matches!(running.output.unwrap(), Ok(Outcome::Finished(_))), "{told}: its run took it");
                }
                Ok(Outcome::Finished(_)) => {
                    assert!(matches!(running.output.unwrap(), Ok(Outcome::Paused(_) | Outcome::Finished(_))), "{told}");
                }
                Ok(other) => panic!("{told}: {other:?}"),
                // It came before the thread had asked.
                Err(error) => {
                    assert!(unknown(&error), "{told}: {error}");
                    early += 1;
                    assert!(matches!(running.output.unwrap(), Ok(Outcome::Paused(_))), "{told}");
                    run(bench.thread().reply(say("yes"))).unwrap().finished().unwrap();
                }
            }
            bench.is_done("yes", &told);
            open
        });
        assert!(elsewhere > 0 && early > 0, "{durability:?}: {elsewhere} {early}");
    }
}

#[test]
fn of_two_replies_exactly_one_is_accepted() {
    for others in [false, true] {
        orders(|order| {
            let (bench, told) = (Bench::waiting(Durability::Sync), format!("{others} {order:?}"));
            // From another process, it is delivered only: to drive a thread that runs elsewhere is a conflict.
            let second = if others { bench.elsewhere() } else { bench.elsewhere_not() };
            let mut one = spawn(bench.thread().reply(say("one")).deliver_or_drive(others));
            let mut two = spawn(second.thread().reply(say("two")).deliver_or_drive(others));
            one.poll(order[0]);
            let open = !one.ended();
            two.poll(order[1]);
            one.poll(order[2]);
            together(&mut one, &mut two, &told);
            let (one, two) = (one.output.unwrap(), two.output.unwrap());
            let accepted = [one.is_ok(), two.is_ok()];
            assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1, "{told}: {one:?} {two:?}");
            for refused in [one, two].into_iter().filter_map(Result::err) {
                let refusal = matches!(refused, Error::AlreadyReplied { .. } | Error::NotWaiting { .. });
                assert!(refusal, "{told}: {refused}");
            }
            if others {
                run(bench.thread().resume()).unwrap().finished().unwrap();
            }
            bench.is_done(if accepted[0] { "one" } else { "two" }, &told);
            open
        });
    }
}

fn boss(_: &Desk, reply: &bool) -> impl Update<Desk> + use<> {
    Desk::update().log([format!("boss {reply}")])
}

graph! {
    graph Both<Desk, Calls>;
    node tick;
    pause ask(String);
    pause boss(bool);
    start -> (ask, boss, tick -> match twice { true => join, false => tick }) -> end;
}

#[test]
fn a_thread_that_still_waits_is_said_to_wait() {
    for durability in EVERY_DURABILITY {
        orders(|order| {
            let (bench, told) = (Bench::new(durability), format!("{durability:?} {order:?}"));
            let graph = || {
                let graph = Both::builder().context(Arc::clone(&bench.calls)).checkpointer(bench.saver.clone());
                graph.durability(durability).build()
            };
            let reply = || graph().thread("a").reply(BothReply::Ask("yes".to_owned()));
            let mut running = spawn(graph().thread("a").invoke(()));
            let mut replying = spawn(reply());
            running.poll(order[0]);
            let open = !running.ended();
            replying.poll(order[1]);
            running.poll(order[2]);
            together(&mut running, &mut replying, &told);
            if let Err(error) = replying.output.unwrap() {
                assert!(unknown(&error), "{told}: {error}");
                let _ = run(reply()).unwrap();
            }
            let snapshot = run(graph().thread("a").snapshot()).unwrap().unwrap();
            let waiting: Vec<_> = snapshot.waiting.iter().map(graph_runtime::Waiting::node).collect();
            assert_eq!(
                (snapshot.status, &*waiting, &*snapshot.state.said),
                (Status::Paused, &["boss"][..], &["yes".to_owned()][..]),
                "{told}"
            );
            let mut recovered = graph().recover();
            assert!(run(async move { recovered.next().await }).is_none(), "{told}: there is nothing to do");
            open
        });
    }
}

trait DeliverOrDrive {
    fn deliver_or_drive(self, deliver: bool) -> Pin<Box<dyn Future<Output = Result<(), Error>>>>;
}

impl DeliverOrDrive for graph_runtime::Call<Asking, graph_runtime::Reply<Asking>> {
    fn deliver_or_drive(self, deliver: bool) -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
        if deliver { Box::pin(self.deliver()) } else { Box::pin(async { self.await.map(drop) }) }
    }
}

impl Bench {
    /// The same store in the same process.
    fn elsewhere_not(&self) -> Bench {
        let (memory, saver) = (self.memory.clone(), self.saver.clone());
        Bench { memory, saver, calls: Arc::clone(&self.calls), durability: self.durability }
    }
}

/// What else may hold a thread for a moment, without running it.
#[derive(Clone, Copy, Debug)]
enum Guest {
    Edit,
    RefusedInvoke,
    Recover,
    Resume,
    Delete,
}

impl Guest {
    const ALL: [Guest; 5] = [Guest::Edit, Guest::RefusedInvoke, Guest::Recover, Guest::Resume, Guest::Delete];

    fn call(self, bench: &Bench) -> Job<Result<(), Error>> {
        let (graph, thread) = (bench.graph(), bench.thread());
        match self {
            Guest::Edit => {
                spawn(async move { thread.update(Desk::update().log(["edited".to_owned()])).await.map(drop) })
            }
            Guest::RefusedInvoke => spawn(async move { thread.invoke(()).await.map(drop) }),
            Guest::Recover => spawn(async move {
                let mut recovered = graph.recover();
                while let Some(next) = recovered.next().await {
                    let _ = next?.1?;
                }
                Ok(())
            }),
            Guest::Resume => spawn(async move { thread.resume().await.map(drop) }),
            Guest::Delete => spawn(async move { thread.delete().await }),
        }
    }
}

#[test]
fn a_reply_is_driven_whoever_holds_the_thread_meanwhile() {
    for guest in Guest::ALL {
        orders(|order| {
            let (bench, told) = (Bench::waiting(Durability::Sync), format!("{guest:?} {order:?}"));
            let mut held = guest.call(&bench);
            let mut replying = spawn(bench.thread().reply(say("yes")));
            held.poll(order[0]);
            let open = !held.ended();
            replying.poll(order[1]);
            held.poll(order[2]);
            together(&mut held, &mut replying, &told);
            match (replying.output.unwrap(), guest) {
                // It was deleted before the reply came, or with it.
                (_, Guest::Delete) if bench.status().is_none() => return open,
                // It came when all was over, and was not refused.
                (Ok(_), Guest::RefusedInvoke) if matches!(held.output, Some(Ok(()))) => return open,
                (Ok(Outcome::Stopped(stop)), Guest::Recover | Guest::Resume) => {
                    assert_eq!(stop.reason, StopReason::Elsewhere, "{told}");
                }
                (Ok(Outcome::Finished(_)), _) => {}
                (other, _) => panic!("{told}: {other:?}"),
            }
            bench.is_done("yes", &told);
            open
        });
    }
}

/// Drives what was interrupted, as another process does.
fn recovered(bench: &Bench) -> Vec<Outcome<Desk>> {
    let graph = bench.elsewhere().graph();
    run(async move {
        let mut outcomes = Vec::new();
        let mut recovered = graph.recover();
        while let Some(next) = recovered.next().await {
            outcomes.push(next.unwrap().1.unwrap());
        }
        outcomes
    })
}

#[test]
fn an_acknowledged_reply_is_found_by_recover_wherever_its_run_dies() {
    for durability in EVERY_DURABILITY {
        for others in [false, true] {
            for first in 0..200 {
                let mut open = false;
                for third in (0..24).chain((24..400).step_by(5)) {
                    let (bench, told) = (Bench::new(durability), format!("{durability:?} {others} {first} {third}"));
                    let replier = if others { bench.elsewhere() } else { bench.elsewhere_not() };
                    let mut running = spawn(bench.thread().invoke(()));
                    running.poll(first);
                    open |= !running.ended();
                    let delivered = run(replier.thread().reply(say("yes")).deliver());
                    running.poll(third);
                    let ended = running.ended();
                    drop(running);
                    if delivered.is_ok() {
                        let _ = recovered(&bench);
                        let (status, desk) = bench.status().unwrap();
                        assert_eq!(
                            (status, desk.ticks, &*desk.said),
                            (Status::Finished, 2, &["yes".to_owned()][..]),
                            "{told}"
                        );
                    }
                    if ended {
                        break;
                    }
                }
                if !open {
                    break;
                }
            }
        }
    }
}

fn third(_: &Desk, reply: &bool) -> impl Update<Desk> + use<> {
    Desk::update().log([format!("third {reply}")])
}

graph! {
    graph Three<Desk, Calls>;
    node tick;
    pause ask(String);
    pause boss(bool);
    pause third(bool);
    start -> (ask -> tick -> match twice { true => join, false => tick }, boss, third) -> end;
}

#[test]
fn of_several_replies_none_is_slept_over_wherever_the_run_dies() {
    let seconds = |durability| [8, 10, 12].map(|second| (durability, second));
    for (durability, second) in EVERY_DURABILITY.into_iter().flat_map(seconds) {
        for first in 0..200 {
            let mut open = false;
            for third in 0..40 {
                let (bench, told) = (Bench::new(durability), format!("{durability:?} {second} {first} {third}"));
                let graph = |bench: &Bench| {
                    let graph = Three::builder().context(Arc::clone(&bench.calls)).checkpointer(bench.saver.clone());
                    graph.durability(durability).build()
                };
                let (here, elsewhere) = (graph(&bench).thread("a"), graph(&bench.elsewhere()));
                assert!(matches!(run(here.invoke(())), Ok(Outcome::Paused(_))));
                run(here.reply(ThreeReply::Ask("yes".to_owned())).deliver()).unwrap();
                let mut running = spawn(here.resume());
                running.poll(second);
                run(here.reply(ThreeReply::Boss(true)).deliver()).unwrap();
                running.poll(first);
                open |= !running.ended();
                run(here.reply(ThreeReply::Third(true)).deliver()).unwrap();
                running.poll(third);
                let ended = running.ended();
                drop(running);
                let snapshot = run(async move {
                    let mut recovered = elsewhere.recover();
                    while let Some(next) = recovered.next().await {
                        let _ = next.unwrap().1.unwrap();
                    }
                    elsewhere.thread("a").snapshot().await
                });
                let snapshot = snapshot.unwrap().unwrap();
                let mut log = snapshot.state.log;
                log.sort();
                assert_eq!(
                    (snapshot.status, &*log),
                    (Status::Finished, &["boss true", "third true"].map(str::to_owned)[..]),
                    "{told}"
                );
                if ended {
                    break;
                }
            }
            if !open {
                break;
            }
        }
    }
}
