//! Edits of a thread that waits: it goes on waiting, asks of the edited state, or leaves the pause; no reply is lost.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Error, GraphState, MemorySaver, Outcome, Status, Update, graph};
use graph_tests::bench::words;
use graph_tests::faulty::Faulty;
use graph_tests::finished;

#[derive(GraphState, Debug, Clone, PartialEq)]
struct Text {
    #[reduce(append)]
    words: Vec<String>,
}

fn card(text: &Text) -> String {
    format!("print {} words?", text.words.len())
}

fn approve(_: &Text, reply: &String) -> impl Update<Text> + use<> {
    Text::update().words([format!("approved: {reply}")])
}

fn write(_: &Text) -> impl Update<Text> + use<> {
    Text::update().words(["written".to_owned()])
}

graph! {
    graph Asking<Text>;
    node write;
    pause approve(String) asks card;
    start -> write -> approve -> end;
}

fn yes() -> AskingReply {
    AskingReply::Approve("yes".to_owned())
}

#[test]
fn an_edit_of_a_thread_that_waits_leaves_what_it_waits_for() {
    let thread = Asking::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let Outcome::Paused(pause) = block_on(thread.invoke(())).unwrap() else { panic!("it asks") };
    let edited = block_on(thread.update(Text::update().words(words(["edit"])))).unwrap();
    assert_eq!((edited.status, &*edited.waiting), (Status::Paused, pause.waiting()), "under the same id");
    let reply = block_on(thread.reply_to(pause.waiting()[0].id(), yes()));
    assert_eq!(finished(reply).words, words(["written", "edit", "approved: yes"]));

    // In the place of the pause: what waits is no longer waited for.
    let Outcome::Paused(pause) = block_on(thread.invoke(())).unwrap() else { panic!("it asks") };
    let edited =
        block_on(thread.update(Text::update().words(words(["by hand"]))).as_node(AskingNode::Approve)).unwrap();
    assert_eq!((edited.status, edited.waiting.len()), (Status::Finished, 0));
    let stale = block_on(thread.reply_to(pause.waiting()[0].id(), yes()));
    assert!(matches!(stale, Err(Error::NotWaiting { .. } | Error::UnknownWaiting { .. })), "{stale:?}");

    // And to a pause: it asks of the edited state, and a reply goes on.
    let edited = block_on(thread.update(Text::update().overwrite_words(vec![])).as_node(AskingNode::Write)).unwrap();
    assert_eq!((edited.status, edited.waiting.len()), (Status::Paused, 1));
    assert_eq!(edited.waiting[0].question_json(), "\"print 0 words?\"");
    assert_eq!(finished(block_on(thread.reply(yes()))).words, words(["approved: yes"]));
}

/// A reply that nobody took is for the pause that is left.
#[test]
fn an_edit_that_leaves_a_pause_leaves_its_reply() {
    let thread = Asking::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let _ = block_on(thread.invoke(())).unwrap();
    block_on(thread.reply(yes()).deliver()).unwrap();
    let edited = block_on(thread.update(()).as_node(AskingNode::Write)).unwrap();
    let found = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((edited.status, found.status), (Status::Paused, Status::Paused));
    assert_eq!((edited.waiting.len(), found.waiting), (1, edited.waiting));
}

#[test]
fn a_reply_that_comes_while_an_edit_is_made_is_not_lost() {
    let mut between = 0;
    for calls in 0..6 {
        let saver = MemorySaver::new();
        let direct = Asking::builder().checkpointer(saver.clone()).build();
        let _ = block_on(direct.thread("a").invoke(())).unwrap();
        let elsewhere = Faulty::new(saver);
        let replying = direct.thread("a");
        elsewhere.meanwhile(calls, move || block_on(replying.reply(yes()).deliver()).unwrap());
        let graph = Asking::builder().checkpointer(elsewhere).build();
        let edited = block_on(graph.thread("a").update(Text::update().words(words(["edit"])))).unwrap();
        between += u32::from(edited.waiting.is_empty());
        let recovered = block_on(direct.recover().collect::<Vec<_>>());
        let [Ok((_, Ok(Outcome::Finished(text))))] = &recovered[..] else {
            panic!("after {calls} calls: {recovered:?}, {edited:?}")
        };
        assert_eq!(text.words, words(["written", "edit", "approved: yes"]), "after {calls} calls");
    }
    assert!(between > 2, "{between}");
}
