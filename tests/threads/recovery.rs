//! Recovery: what a crash left goes on, and nothing else does.

use crate::{Patience, collect, drop_after, walk};
use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{
    Checkpointer, Error, Event, GraphState, MemorySaver, Outcome, Status, ThreadId, ThreadKey, Update, graph,
};
use graph_tests::walk::{Trail, Trouble, walked};
use std::pin::pin;
use std::time::SystemTime;

#[test]
fn a_listing_or_recovery_that_has_ended_stays_at_its_end() {
    let (graph, _) = walk(&MemorySaver::new());
    let (mut threads, mut recover) = (graph.threads(), graph.recover());
    for _ in 0..3 {
        assert!(block_on(threads.next()).is_none());
        assert!(block_on(recover.next()).is_none());
    }
}

#[test]
fn recovery_drives_what_was_interrupted_and_nothing_else() {
    let (graph, probe) = walk(&MemorySaver::new());
    block_on(graph.thread("finished").invoke(Trail::to(1))).unwrap().finished().unwrap();
    probe.trouble(2, Trouble::Error, 1);
    block_on(graph.thread("failed").invoke(Trail::to(1))).unwrap_err();
    drop_after(2, graph.thread("interrupted").invoke(Trail::to(1)));
    drop_after(1, graph.thread("too").invoke(Trail::to(2)));
    let recovered = collect(graph.recover());
    let recovered: Vec<_> =
        recovered.into_iter().map(|(id, outcome)| (id.to_string(), outcome.unwrap().finished().unwrap())).collect();
    assert_eq!(recovered, [("interrupted".to_owned(), walked(1)), ("too".to_owned(), walked(2))]);
    assert!(collect(graph.recover()).is_empty());
    assert_eq!(block_on(graph.thread("failed").resume()).unwrap().finished().unwrap(), walked(1));
}

#[test]
fn a_node_that_ends_its_process_is_given_up_after_five_recoveries() {
    let graph = Patience::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    drop_after(2, thread.invoke(()));
    for _ in 0..5 {
        let mut recovering = pin!(graph.recover());
        assert!(block_on(poll_once(recovering.next())).is_none(), "the node is running again");
    }
    let recovered = collect(graph.recover());
    let [(id, Err(Error::NoProgress { node, times: 5, .. }))] = recovered.as_slice() else { panic!("{recovered:?}") };
    assert_eq!((id.as_str(), node.as_str()), ("a", "stall"));
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.status, Status::Failed);
    assert_eq!(snapshot.failures[0].node, "stall");
    assert!(collect(graph.recover()).is_empty());
    drop_after(2, thread.resume());
    assert_eq!(
        block_on(thread.snapshot()).unwrap().unwrap().status,
        Status::Running,
        "resumed by hand, it counts anew"
    );
}

#[test]
fn one_thread_is_recovered_as_all_are_and_can_be_heard() {
    let (graph, probe) = walk(&MemorySaver::new());
    block_on(graph.thread("finished").invoke(Trail::to(1))).unwrap().finished().unwrap();
    probe.trouble(2, Trouble::Error, 1);
    block_on(graph.thread("failed").invoke(Trail::to(1))).unwrap_err();
    drop_after(2, graph.thread("interrupted").invoke(Trail::to(1)));
    let listed = collect(graph.threads()).into_iter().map(|thread| (thread.id.to_string(), thread.recoverable()));
    let expected = [("failed", false), ("finished", false), ("interrupted", true)];
    assert_eq!(listed.collect::<Vec<_>>(), expected.map(|(id, left)| (id.to_owned(), left)));

    for (id, status) in [("finished", Status::Finished), ("failed", Status::Failed)] {
        let before = block_on(graph.thread(id).snapshot()).unwrap().unwrap().id;
        let refused = block_on(graph.thread(id).recover()).unwrap_err();
        assert!(matches!(&refused, Error::NothingToRecover { status: found, .. } if *found == status), "{refused}");
        assert_eq!(block_on(graph.thread(id).snapshot()).unwrap().unwrap().id, before);
    }
    assert!(matches!(block_on(graph.thread("unknown").recover()), Err(Error::UnknownThread { .. })));

    let events: Vec<_> = block_on(graph.thread("interrupted").recover().stream().try_collect()).unwrap();
    assert!(matches!(events[0], Event::RunStarted { from: Some(_), input: None, .. }), "{events:?}");
    let Some(Event::Ended(outcome)) = events.last() else { panic!("{events:?}") };
    assert_eq!(**outcome, Outcome::Finished(walked(1)));
    assert!(matches!(block_on(graph.thread("interrupted").recover()), Err(Error::NothingToRecover { .. })));
}

#[test]
fn a_thread_that_runs_is_not_recovered_beside_itself() {
    let graph = Patience::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let mut run = pin!(thread.invoke(()));
    for _ in 0..2 {
        assert!(block_on(poll_once(run.as_mut())).is_none());
    }
    assert!(matches!(block_on(thread.recover()), Err(Error::Busy { .. })));
    assert!(block_on(poll_once(run.as_mut())).is_none(), "it is still running");
}

#[test]
fn recoveries_of_one_thread_count_with_those_of_all() {
    let graph = Patience::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    drop_after(2, thread.invoke(()));
    for _ in 0..3 {
        drop_after(1, thread.recover());
    }
    for _ in 0..2 {
        let mut recovering = pin!(graph.recover());
        assert!(block_on(poll_once(recovering.next())).is_none(), "the node is running again");
    }
    let given_up = block_on(thread.recover()).unwrap_err();
    assert!(matches!(&given_up, Error::NoProgress { node, times: 5, .. } if node == "stall"), "{given_up}");
    assert!(matches!(block_on(thread.recover()), Err(Error::NothingToRecover { status: Status::Failed, .. })));
}

/// A graph that asks, and is soon content without an answer.
mod haste {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Question {
        pub(super) answer: String,
    }

    #[expect(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]
    fn ask(_: &Question, answer: &String) -> impl Update<Question> + use<> {
        Question::update().answer(answer.as_str())
    }

    fn nothing(_: &Question) -> String {
        "nobody knows".to_owned()
    }

    graph! {
        pub(super) graph Haste<Question>;

        #[deadline("50ms", or = nothing)]
        pause ask(String);

        start -> ask -> end;
    }
}
use haste::Haste;

#[test]
fn a_thread_that_is_due_is_recovered() {
    let graph = Haste::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    // On a machine that stands still for a while, the deadline is over before the run is, and there is nothing to recover.
    let pause = std::iter::repeat_with(|| block_on(thread.invoke(())).unwrap()).find_map(|outcome| match outcome {
        Outcome::Paused(pause) => Some(pause),
        _ => None,
    });
    let due = pause.and_then(|pause| pause.waiting()[0].due()).expect("it has a deadline");
    assert!(!collect(graph.threads())[0].recoverable() || SystemTime::now() >= due);
    while SystemTime::now() <= due {
        std::thread::yield_now();
    }
    assert!(collect(graph.threads())[0].recoverable());
    let question = block_on(thread.recover()).unwrap().finished().unwrap();
    assert_eq!(question.answer, "nobody knows");
    assert!(!collect(graph.threads())[0].recoverable());
}

#[test]
fn a_damaged_thread_does_not_keep_the_others_from_recovery() {
    let saver = MemorySaver::new();
    let (graph, _) = walk(&saver);
    for id in ["a", "b", "c"] {
        drop_after(2, graph.thread(id).invoke(Trail::to(1)));
    }
    let key = ThreadKey { graph: "Walk".into(), thread: ThreadId::new("b").unwrap() };
    damage(&saver, &key);
    let recovered = collect(graph.recover());
    let outcomes: Vec<_> = recovered.iter().map(|(id, outcome)| (id.as_str(), outcome.is_ok())).collect();
    assert_eq!(outcomes, [("a", true), ("b", false), ("c", true)]);
    assert!(matches!(&recovered[1].1, Err(Error::Corrupt { .. })), "{:?}", recovered[1].1);
}

/// Puts a record in the place of the thread's next one that is not what its head says.
fn damage(saver: &MemorySaver, key: &ThreadKey) {
    let head = block_on(saver.head(key)).unwrap().unwrap();
    let mut append = graph_tests::append(key, head.checkpoint.0 + 1, 100, graph_runtime::Commit::Synced);
    append.expected = Some((head.checkpoint, head.hash));
    append.head.status = Status::Running;
    block_on(saver.append(append)).unwrap();
}
