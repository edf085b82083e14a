//! A pause with a deadline: its default is taken when the thread is next driven after that, unless a reply came first; one
//! of the two, once.

#![allow(
    clippy::ptr_arg,
    reason = "pauses take replies, and functions in a `for` their item, by reference, whatever they are"
)]

use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once, yield_now};
use graph_runtime::{
    Builder, Definition, Durability, Error, FieldError, Graph, GraphState, MemorySaver, Outcome, Pause, Status, Update,
    graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::{paused, thread_of, whole};
use std::time::SystemTime;

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Desk {
    names: Vec<String>,
    broken: bool,
    #[reduce(append)]
    said: Vec<String>,
    #[reduce(add)]
    ticks: u32,
}

fn hear(_: &Desk, text: &String) -> impl Update<Desk> + use<> {
    Desk::update().said([text.clone()])
}

fn refuse(desk: &Desk) -> String {
    assert!(!desk.broken, "told to break");
    format!("nobody came in {} ticks", desk.ticks)
}

graph! {
    graph Soon<Desk>;
    #[deadline("5ms", or = refuse)]
    pause hear(String);
    start -> hear -> end;
}

graph! {
    graph Late<Desk>;
    #[deadline("24h", or = refuse)]
    pause hear(String);
    start -> hear -> end;
}

fn graph<G: Definition<State = Desk, Context = ()>>(saver: &MemorySaver) -> Graph<G> {
    Builder::<G>::new().checkpointer(saver.clone()).build()
}

/// Lets the thread come to its pause; again, where that alone took so long that the deadline was over.
async fn asked(thread: &graph_runtime::Thread<Soon>, broken: bool) -> Pause {
    loop {
        match thread.invoke(Desk::update().broken(broken)).await {
            Ok(Outcome::Paused(pause)) => return pause,
            Ok(Outcome::Finished(_)) | Err(Error::NotStorable { .. }) => thread.delete().await.unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

/// Returns when the first deadline is over.
fn pass(pause: &Pause) {
    let due = pause.waiting().iter().filter_map(graph_runtime::Waiting::due).min().expect("a deadline");
    while SystemTime::now() <= due {
        std::thread::yield_now();
    }
}

async fn recovered<G: Definition<State = Desk>>(graph: &Graph<G>) -> Vec<(String, Result<Outcome<Desk>, Error>)> {
    let mut outcomes = Vec::new();
    let mut recovered = graph.recover();
    while let Some(next) = recovered.next().await {
        let (id, outcome) = next.unwrap();
        outcomes.push((id.to_string(), outcome));
    }
    outcomes
}

#[test]
fn a_default_is_taken_once_the_thread_is_driven_and_is_told_apart_from_a_reply() {
    block_on(async {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let graph = Soon::builder().checkpointer(MemorySaver::new()).durability(durability).build();
            let thread = graph.thread("a");
            let pause = asked(&thread, false).await;
            let waiting = &pause.waiting()[0];
            assert!(waiting.due().unwrap() > waiting.since(), "{waiting:?}");
            pass(&pause);
            let before = thread.snapshot().await.unwrap().unwrap();
            assert_eq!((before.status, before.waiting.len()), (Status::Paused, 1), "nothing happens by itself");
            let desk = thread.resume().await.unwrap().finished().unwrap();
            assert_eq!(desk.said, ["nobody came in 0 ticks"]);
            let snapshot = thread.snapshot().await.unwrap().unwrap();
            let [used] = &*snapshot.replies else { panic!("one reply") };
            assert_eq!((&used.id, used.by.as_deref()), (waiting.id(), None));
            assert_eq!(used.because.as_deref(), Some("the deadline was over"));
            let late = thread.reply_to(waiting.id(), SoonReply::Hear("late".to_owned())).await.unwrap_err();
            assert!(matches!(late, Error::AlreadyReplied { .. }), "{late}");
            thread.verify().await.unwrap();
        }
    });
}

#[test]
fn a_reply_that_comes_before_the_thread_is_driven_wins_however_late_it_is() {
    block_on(async {
        let graph = graph::<Soon>(&MemorySaver::new());
        for deliver in [false, true] {
            let thread = graph.thread(if deliver { "a" } else { "b" });
            pass(&asked(&thread, false).await);
            let reply = thread.reply(SoonReply::Hear("here".to_owned())).by("alice");
            let desk = if deliver {
                reply.deliver().await.unwrap();
                let outcomes = recovered(&graph).await;
                assert_eq!(outcomes.len(), 1);
                outcomes.into_iter().next().unwrap().1.unwrap().finished().unwrap()
            } else {
                reply.await.unwrap().finished().unwrap()
            };
            assert_eq!(desk.said, ["here"]);
            let replies = thread.snapshot().await.unwrap().unwrap().replies;
            assert_eq!((replies.len(), replies[0].by.as_deref()), (1, Some("alice")));
        }
    });
}

#[test]
fn recover_drives_what_is_due_and_nothing_else() {
    block_on(async {
        let saver = MemorySaver::new();
        let (soon, late) = (graph::<Soon>(&saver), graph::<Late>(&saver));
        assert_eq!(soon.next_due().await.unwrap(), None);
        let pause = asked(&soon.thread("a"), false).await;
        let waiting = paused(late.thread("b").invoke(()).await.unwrap());
        assert_eq!(soon.next_due().await.unwrap(), pause.waiting()[0].due());
        assert_eq!(late.next_due().await.unwrap(), waiting.waiting()[0].due());
        pass(&pause);
        assert!(recovered(&late).await.is_empty());
        let [(id, outcome)] = &*recovered(&soon).await else { panic!("one thread is due") };
        assert_eq!(
            (&**id, &*outcome.as_ref().unwrap().clone().finished().unwrap().said[0]),
            ("a", "nobody came in 0 ticks")
        );
        assert_eq!(soon.next_due().await.unwrap(), None);
        assert!(recovered(&soon).await.is_empty());
        // What is asked anew has a deadline of its own.
        let before = late.thread("b").snapshot().await.unwrap().unwrap();
        let branch = late.thread("b").at(before.id).update(()).await.unwrap();
        assert!(branch.waiting[0].due() >= before.waiting[0].due());
        let edited = late.thread("b").update(Desk::update().ticks(1)).await.unwrap();
        assert_eq!(edited.waiting, branch.waiting, "an edit asks nobody again");
        assert_eq!(late.next_due().await.unwrap(), edited.waiting[0].due());
    });
}

#[test]
fn a_reply_and_a_deadline_that_race_are_one_reply() {
    for first in 0.. {
        let memory = MemorySaver::new();
        let saver = Faulty::new(memory.clone()).late();
        let build = || Soon::builder().checkpointer(saver.clone()).build();
        let ended = block_on(async {
            pass(&asked(&graph::<Soon>(&memory).thread("a"), false).await);
            let thread = build().thread("a");
            let mut driving = Box::pin(build().thread("a").resume());
            let mut driven = None;
            for _ in 0..first {
                driven = poll_once(driving.as_mut()).await;
                if driven.is_some() {
                    break;
                }
            }
            let ended = driven.is_some();
            let mut replying = Box::pin(thread.reply(SoonReply::Hear("here".to_owned())));
            let mut replied = None;
            while driven.is_none() || replied.is_none() {
                if replied.is_none() {
                    replied = poll_once(replying.as_mut()).await;
                }
                if driven.is_none() {
                    driven = poll_once(driving.as_mut()).await;
                }
                yield_now().await;
            }
            let accepted = match replied.unwrap() {
                Ok(_) => true,
                Err(Error::AlreadyReplied { .. } | Error::NotWaiting { .. }) => false,
                Err(error) => panic!("{first}: {error}"),
            };
            let desk = thread.snapshot().await.unwrap().unwrap();
            let expected = if accepted { "here" } else { "nobody came in 0 ticks" };
            assert_eq!((desk.status, &*desk.state.said), (Status::Finished, &[expected.to_owned()][..]), "{first}");
            ended
        });
        if ended {
            return;
        }
    }
}

#[test]
fn a_default_is_used_once_wherever_its_run_is_interrupted() {
    for fault in [None, Some(Fault::Failed), Some(Fault::Lost), Some(Fault::Conflict)] {
        for at in 1.. {
            let memory = MemorySaver::new();
            let ended = block_on(async {
                pass(&asked(&graph::<Soon>(&memory).thread("a"), false).await);
                let saver = Faulty::new(memory.clone()).late();
                let thread = Soon::builder().checkpointer(saver.clone()).build().thread("a");
                let mut driving = Box::pin(thread.resume());
                let ended = if let Some(fault) = fault {
                    saver.fail_after(at, fault);
                    let _ = driving.await;
                    !saver.heal()
                } else {
                    let mut ended = false;
                    for _ in 0..at {
                        ended = ended || poll_once(driving.as_mut()).await.is_some();
                    }
                    ended
                };
                let thread = graph::<Soon>(&memory).thread("a");
                if thread.snapshot().await.unwrap().unwrap().status != Status::Finished {
                    let outcomes = recovered(&graph::<Soon>(&memory)).await;
                    assert_eq!(outcomes.len(), 1, "{fault:?} {at}");
                }
                let snapshot = thread.snapshot().await.unwrap().unwrap();
                assert_eq!((snapshot.status, snapshot.state.said.len()), (Status::Finished, 1), "{fault:?} {at}");
                assert_eq!(snapshot.replies.len(), 1, "{fault:?} {at}");
                thread.verify().await.unwrap();
                ended
            });
            if ended {
                break;
            }
        }
    }
}

// In a `for`, beside a branch that goes on, and in a subgraph.
fn names(desk: &Desk) -> Vec<String> {
    desk.names.clone()
}

fn each(_: &Desk, name: &String, text: &String) -> impl Update<Desk> + use<> {
    Desk::update().said([format!("{name}: {text}")])
}

fn absent(desk: &Desk, name: &String) -> String {
    format!("{name} is absent in tick {}", desk.ticks)
}

fn tick(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().ticks(1)
}

/// Until the deadlines are over.
async fn slow(_: &Desk) -> impl Update<Desk> + use<> {
    let began = SystemTime::now();
    while SystemTime::now().duration_since(began).is_ok_and(|since| since.as_millis() < 3) {
        yield_now().await;
    }
    Desk::update().ticks(1)
}

graph! {
    graph Each<Desk>;
    #[deadline("1ms", or = absent)]
    pause each(String);
    node slow, tick;
    start -> (for names(String) { each }, slow -> tick) -> end;
}

fn enter(desk: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().names(desk.names.clone())
}

fn leave(_: &Desk, child: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().said(child.said.clone())
}

graph! {
    graph Around<Desk>;
    subgraph inner = Each(enter, leave);
    start -> inner -> end;
}

#[test]
fn deadlines_that_pass_while_the_thread_runs_are_taken_at_the_next_step() {
    block_on(async {
        let saver = MemorySaver::new();
        let invite = || Desk::update().names(["ada", "alan"].map(str::to_owned).to_vec());
        let desk = graph::<Each>(&saver).thread("a").invoke(invite()).await.unwrap().finished().unwrap();
        assert_eq!(desk.said, ["ada: ada is absent in tick 1", "alan: alan is absent in tick 1"]);
        let desk = graph::<Around>(&saver).thread("a").invoke(invite()).await.unwrap().finished().unwrap();
        assert_eq!(desk.said, ["ada: ada is absent in tick 1", "alan: alan is absent in tick 1"]);
    });
}

#[test]
fn a_default_that_fails_is_an_error_and_a_reply_still_helps() {
    block_on(async {
        let saver = MemorySaver::new();
        let thread = graph::<Soon>(&saver).thread("a");
        pass(&asked(&thread, true).await);
        let before = whole(&saver, &thread_of("Soon", "a"));
        for _ in 0..10 {
            for outcome in [thread.resume().await, recovered(&graph::<Soon>(&saver)).await.pop().unwrap().1] {
                let error = outcome.unwrap_err();
                let Error::NotStorable { source: FieldError::Panicked { field, message }, .. } = &error else {
                    panic!("{error}")
                };
                assert_eq!((*field, &**message), ("hear", "told to break"));
            }
        }
        assert!(whole(&saver, &thread_of("Soon", "a")) == before, "nothing changed");
        let desk = thread.reply(SoonReply::Hear("here".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(desk.said, ["here"]);
    });
}

fn torn(desk: &Desk, _: &String) -> String {
    assert!(!desk.broken, "told to break");
    "whole".to_owned()
}

graph! {
    graph Torn<Desk>;
    #[deadline("1ms", or = torn)]
    pause each(String);
    node slow, tick;
    start -> (for names(String) { each }, slow -> tick) -> end;
}

#[test]
fn a_default_that_fails_costs_no_step_of_its_siblings() {
    block_on(async {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let graph = Torn::builder().checkpointer(MemorySaver::new()).durability(durability).build();
            let thread = graph.thread("a");
            let invite = Desk::update().names(vec!["ada".to_owned()]).broken(true);
            let error = thread.invoke(invite).await.unwrap_err();
            assert!(matches!(error, Error::NotStorable { .. }), "{error}");
            let snapshot = thread.snapshot().await.unwrap().unwrap();
            assert_eq!((snapshot.step, snapshot.state.ticks), (1, 1), "{durability:?}: the step of `slow` is stored");
            thread.update(Desk::update().broken(false)).await.unwrap();
            let desk = thread.resume().await.unwrap().finished().unwrap();
            assert_eq!((desk.ticks, &*desk.said), (2, &["ada: whole".to_owned()][..]), "{durability:?}");
        }
    });
}
