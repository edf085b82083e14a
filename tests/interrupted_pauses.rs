//! Whenever a conversation is dropped, overtaken or its store fails, it goes on and ends where an undisturbed one ends: no
//! reply that was accepted is lost or used twice, and nothing that was stored is done again.

#![allow(
    clippy::ptr_arg,
    clippy::trivially_copy_pass_by_ref,
    reason = "pauses take replies, and functions in a `for` their item, by reference, whatever they are"
)]

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{
    Ctx, Durability, Error, Graph, GraphState, MemorySaver, Outcome, Status, StopReason, Update, Waiting, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// How often each task ran, by its name and round, and the replies that tasks were given.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<String, u32>>);

impl Tally {
    fn enter(cx: &Ctx<Tally>, task: &str) {
        *cx.context().0.lock().unwrap_or_else(PoisonError::into_inner).entry(task.to_owned()).or_default() += 1;
    }

    fn ran(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Talk {
    prefix: String,
    #[reduce(append)]
    said: Vec<String>,
    #[reduce(add)]
    ticks: u32,
    #[state(ephemeral)]
    hint: Option<u32>,
}

async fn begin(_: &Talk, cx: &Ctx<Tally>) -> impl Update<Talk> + use<> {
    Tally::enter(cx, "begin");
    yield_now().await;
    Talk::update().said(["begin".to_owned()]).hint(Some(7))
}

async fn ask(talk: &Talk, reply: &String, cx: &Ctx<Tally>) -> impl Update<Talk> + use<> {
    let said = format!("{}ask {reply}", talk.prefix);
    Tally::enter(cx, &said);
    yield_now().await;
    Talk::update().said([said])
}

fn items(_: &Talk) -> [u32; 2] {
    [0, 1]
}

fn question(talk: &Talk, item: &u32) -> String {
    format!("{item} {:?}", talk.hint)
}

async fn confirm(_: &Talk, item: &u32, reply: &String, cx: &Ctx<Tally>) -> impl Update<Talk> + use<> {
    let task = format!("confirm[{item}] {reply}");
    Tally::enter(cx, &task);
    Talk::update().said([task])
}

async fn tick(talk: &Talk, cx: &Ctx<Tally>) -> impl Update<Talk> + use<> {
    Tally::enter(cx, &format!("tick {}", talk.ticks));
    yield_now().await;
    Talk::update().ticks(1)
}

fn twice(talk: &Talk) -> bool {
    talk.ticks >= 2
}

fn enter(_: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().prefix("inside/")
}

fn leave(_: &Talk, child: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(child.said.clone())
}

async fn end_of_talk(_: &Talk, cx: &Ctx<Tally>) -> impl Update<Talk> + use<> {
    Tally::enter(cx, "end");
    Talk::update().said(["end".to_owned()])
}

graph! {
    graph Inner<Talk, Tally>;
    pause ask(String);
    start -> ask -> end;
}

graph! {
    graph Talking<Talk, Tally>;
    node begin, tick;
    node last = end_of_talk;
    pause ask(String);
    pause confirm(String) asks question;
    subgraph inner = Inner(enter, leave);
    start -> begin -> (
        ask,
        for items(u32) { confirm },
        tick -> match twice { true => join, false => tick },
    ) -> inner -> last -> end;
}

/// A store whose calls wait, so that they can be interrupted, and can fail.
struct Bench {
    durability: Durability,
    memory: MemorySaver,
    saver: Faulty,
    tally: Arc<Tally>,
    /// The replies that were accepted.
    accepted: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new(durability: Durability) -> Bench {
        let memory = MemorySaver::new();
        let saver = Faulty::new(memory.clone()).late();
        Bench { durability, memory, saver, tally: Arc::default(), accepted: Arc::default() }
    }

    /// The same store as another process sees it.
    fn elsewhere(&self) -> Bench {
        let (memory, tally, accepted) = (self.memory.clone(), Arc::clone(&self.tally), Arc::clone(&self.accepted));
        let saver = Faulty::new(memory.clone()).late();
        Bench { durability: self.durability, memory, saver, tally, accepted }
    }

    fn graph(&self) -> Graph<Talking> {
        let graph = Talking::builder().context(Arc::clone(&self.tally)).checkpointer(self.saver.clone());
        graph.durability(self.durability).build()
    }

    fn accepted(&self) -> Vec<String> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a service does, whatever it finds: start, reply to the first that waits, go on. Each takes its own word.
    async fn serve(&self, word: &str) -> Result<Talk, Error> {
        loop {
            let thread = self.graph().thread("a");
            let Some(snapshot) = thread.snapshot().await? else {
                ended(thread.invoke(()).request_id("r").await?);
                continue;
            };
            let outcome = match (snapshot.status, snapshot.waiting.first()) {
                (Status::Finished, _) => return Ok(snapshot.state),
                (Status::Running | Status::Replied, _) | (_, None) => thread.resume().await,
                (_, Some(waiting)) => {
                    let (reply, said) = reply(waiting, word);
                    // Stored first, so that it is known what was accepted.
                    match thread.reply_to(waiting.id(), reply).deliver().await {
                        Ok(()) => self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(said),
                        Err(Error::AlreadyReplied { .. }) => {}
                        Err(error) => return Err(error),
                    }
                    thread.resume().await
                }
            };
            ended(outcome?);
        }
    }

    /// Goes on until the end, and checks that nothing is lost and nothing there twice.
    async fn finish(&self, told: &str, interruptions: u32) {
        let end = self.elsewhere().serve("late").await.unwrap_or_else(|error| panic!("{told}: {error}"));
        let words: Vec<_> =
            end.said.iter().map(|line| line.rsplit_once(' ').map_or(&**line, |(task, _)| task)).collect();
        assert_eq!(words, ["begin", "ask", "confirm[0]", "confirm[1]", "inside/ask", "end"], "{told}: {end:?}");
        assert_eq!(end.ticks, 2, "{told}");
        for accepted in self.accepted() {
            assert!(end.said.contains(&accepted), "{told}: `{accepted}` was accepted, and is lost: {end:?}");
        }
        for (task, times) in self.tally.ran() {
            assert!(times <= 1 + interruptions, "{told}: `{task}` ran {times} times");
            let used = task.starts_with("tick") || task == "begin" || task == "end" || end.said.contains(&task);
            assert!(used, "{told}: `{task}` ran, and another reply was used");
        }
        self.graph().thread("a").verify().await.unwrap();
    }
}

fn ended(outcome: Outcome<Talk>) {
    if let Outcome::Stopped(stop) = outcome {
        assert!(matches!(stop.reason, StopReason::Elsewhere | StopReason::Cancelled { .. }), "{stop}");
    }
}

fn reply(waiting: &Waiting, word: &str) -> (TalkingReply, String) {
    match waiting.task() {
        "ask" => (TalkingReply::Ask(word.to_owned()), format!("ask {word}")),
        "inner/ask" => (TalkingReply::Inner(InnerReply::Ask(word.to_owned())), format!("inside/ask {word}")),
        task => {
            assert_eq!(waiting.question::<String>().unwrap(), format!("{} Some(7)", waiting.item().unwrap()));
            (TalkingReply::Confirm(word.to_owned()), format!("{task} {word}"))
        }
    }
}

/// The future's output, if it is there after so many polls; else it is dropped.
async fn polled<F: Future>(future: F, times: u32) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), times);
    poll_fn(|cx| {
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

const EVERY_DURABILITY: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

#[test]
fn a_conversation_that_is_dropped_at_any_moment_goes_on() {
    for durability in EVERY_DURABILITY {
        for polls in 1.. {
            let (bench, told) = (Bench::new(durability), format!("{durability:?}, poll {polls}"));
            let ended = block_on(polled(bench.serve("early"), polls)).is_some();
            block_on(bench.finish(&told, 1));
            if ended {
                break;
            }
        }
    }
}

#[test]
fn a_conversation_that_is_overtaken_at_any_moment_changes_nothing() {
    for durability in EVERY_DURABILITY {
        for polls in 1.. {
            let (bench, told) = (Bench::new(durability), format!("{durability:?}, overtaken at {polls}"));
            let mut serving = pin!(bench.serve("early"));
            if block_on(polled(serving.as_mut(), polls)).is_some() {
                break;
            }
            block_on(bench.finish(&told, 1));
            let end = bench.memory_of();
            match block_on(serving) {
                Ok(_) | Err(Error::Conflict { .. } | Error::NothingToResume { .. } | Error::UnknownWaiting { .. }) => {}
                Err(error) => panic!("{told}: {error}"),
            }
            assert!(bench.memory_of() == end, "{told}: the one that was overtaken changed something");
        }
    }
}

impl Bench {
    fn memory_of(&self) -> impl PartialEq + use<> {
        graph_tests::whole(&self.memory, &graph_tests::thread_of("Talking", "a"))
    }
}

#[test]
fn a_conversation_whose_store_fails_at_any_call_goes_on() {
    for durability in EVERY_DURABILITY {
        for fault in [Fault::Failed, Fault::Lost, Fault::Conflict] {
            for calls in 0.. {
                let (bench, told) = (Bench::new(durability), format!("{durability:?}, {fault:?} after {calls} calls"));
                bench.saver.fail_after(calls, fault);
                let outcome = block_on(polled(bench.serve("early"), 50_000));
                if !bench.saver.heal() {
                    break;
                }
                // A store that says again and again that the thread has moved on is asked again and again.
                let failed = matches!(outcome, None | Some(Err(Error::Store(_) | Error::Conflict { .. })));
                assert!(failed, "{told}: {outcome:?}");
                block_on(bench.finish(&told, 1));
            }
        }
    }
}

#[test]
fn a_conversation_that_is_dropped_again_and_again_comes_to_its_end() {
    for durability in EVERY_DURABILITY {
        let bench = Bench::new(durability);
        let mut rounds = 0;
        for polls in 1.. {
            rounds += 1;
            if block_on(polled(bench.elsewhere().serve(&format!("word-{polls}")), polls)).is_some() {
                break;
            }
        }
        block_on(bench.finish(&format!("{durability:?}, {rounds} rounds"), rounds));
    }
}

#[test]
fn a_conversation_is_cancelled_at_any_moment_and_starts_again() {
    for durability in EVERY_DURABILITY {
        for polls in 1.. {
            let (bench, told) = (Bench::new(durability), format!("{durability:?}, cancelled at {polls}"));
            let mut serving = pin!(bench.serve("early"));
            if block_on(polled(serving.as_mut(), polls)).is_some() {
                break;
            }
            let thread = bench.graph().thread("a");
            let cancelled = block_on(thread.cancel("enough"));
            let known = matches!(cancelled, Ok(()) | Err(Error::UnknownThread { .. } | Error::NothingToCancel { .. }));
            assert!(known, "{told}: {cancelled:?}");
            drop(block_on(polled(serving.as_mut(), 200)));
            let status = block_on(thread.snapshot()).unwrap().map(|snapshot| snapshot.status);
            if status == Some(Status::Cancelled) {
                let outcome = block_on(thread.invoke(())).unwrap();
                assert!(matches!(outcome, Outcome::Paused(_)), "{told}: {outcome:?}");
            }
            if status.is_some() {
                block_on(thread.verify()).unwrap();
            }
        }
    }
}
