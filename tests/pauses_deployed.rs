//! A thread that waits is opened by a newer graph, and pauses ask and are told what cannot be stored: a typed error that
//! names the pause, and a thread that is as it was.

#![allow(
    clippy::ptr_arg,
    clippy::trivially_copy_pass_by_ref,
    reason = "pauses take replies by reference, whatever they are"
)]

use futures_lite::future::block_on;
use graph_runtime::{
    Builder, Definition, Error, FieldError, GraphState, MemorySaver, NodeCause, Status, Thread, Update, graph,
};
use graph_tests::{paused, thread_of, whole};
use serde::{Deserialize, Serialize, Serializer};

#[derive(GraphState, Debug, PartialEq)]
struct Talk {
    mood: u32,
    #[reduce(append)]
    said: Vec<String>,
}

fn ask(_: &Talk, text: &String) -> impl Update<Talk> + use<> {
    Talk::update().said([format!("ask {text}")])
}

fn confirm(_: &Talk, text: &String) -> impl Update<Talk> + use<> {
    Talk::update().said([format!("confirm {text}")])
}

fn count(_: &Talk, number: &u32) -> impl Update<Talk> + use<> {
    Talk::update().said([format!("count {number}")])
}

fn plain(_: &Talk) {}

mod old {
    use super::{Talk, ask, confirm};
    graph_runtime::graph! {
        pub(super) graph Deployed<Talk>;
        pause ask(String);
        pause confirm(String);
        start -> (ask, confirm) -> end;
    }
}

/// The two have changed their places; both have replies of one type.
mod reordered {
    use super::{Talk, ask, confirm};
    graph_runtime::graph! {
        pub(super) graph Deployed<Talk>;
        pause confirm(String);
        pause ask(String);
        start -> (confirm, ask) -> end;
    }
}

mod renamed {
    use super::{Talk, ask, confirm};
    graph_runtime::graph! {
        pub(super) graph Deployed<Talk>;
        pause question = ask(String);
        pause confirm(String);
        start -> (question, confirm) -> end;
    }
}

mod retyped {
    use super::{Talk, confirm, count};
    graph_runtime::graph! {
        pub(super) graph Deployed<Talk>;
        pause ask = count(u32);
        pause confirm(String);
        start -> (ask, confirm) -> end;
    }
}

mod no_pause {
    use super::{Talk, confirm, plain};
    graph_runtime::graph! {
        pub(super) graph Deployed<Talk>;
        node ask = plain;
        pause confirm(String);
        start -> (ask, confirm) -> end;
    }
}

fn open<G: Definition<State = Talk, Context = ()>>(saver: &MemorySaver) -> Thread<G> {
    Builder::<G>::new().checkpointer(saver.clone()).build().thread("a")
}

fn deployed(saver: &MemorySaver) -> impl PartialEq + use<> {
    whole(saver, &thread_of("Deployed", "a"))
}

/// A thread that waits twice, and has been told something at the one.
async fn waiting() -> MemorySaver {
    let saver = MemorySaver::new();
    let thread = open::<old::Deployed>(&saver);
    assert_eq!(paused(thread.invoke(()).await.unwrap()).waiting().len(), 2);
    saver
}

// X08
#[test]
fn pauses_that_changed_their_places_keep_their_replies() {
    block_on(async {
        let saver = waiting().await;
        let id = open::<old::Deployed>(&saver).snapshot().await.unwrap().unwrap().waiting[0].id().clone();
        open::<old::Deployed>(&saver).reply_to(&id, old::DeployedReply::Ask("one".to_owned())).deliver().await.unwrap();
        let thread = open::<reordered::Deployed>(&saver);
        let left = paused(thread.resume().await.unwrap());
        assert_eq!(left.waiting()[0].node(), "confirm");
        let wrong = reordered::DeployedReply::Ask("two".to_owned());
        assert!(matches!(thread.reply(wrong).await.unwrap_err(), Error::NotWaiting { .. }));
        let talk = thread.reply(reordered::DeployedReply::Confirm("two".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["ask one", "confirm two"]);
    });
}

#[test]
fn a_pause_that_is_gone_or_is_none_any_more_is_refused_by_name() {
    block_on(async {
        let saver = waiting().await;
        let before = deployed(&saver);
        let refused = |error: Error| {
            assert!(matches!(error, Error::Incompatible { .. }), "{error}");
            assert!(error.to_string().contains("`ask`"), "{error}");
        };
        let thread = open::<renamed::Deployed>(&saver);
        refused(thread.resume().await.unwrap_err());
        refused(thread.snapshot().await.unwrap_err());
        refused(thread.reply(renamed::DeployedReply::Question(String::new())).await.unwrap_err());
        refused(thread.reply(renamed::DeployedReply::Confirm(String::new())).deliver().await.unwrap_err());
        let thread = open::<no_pause::Deployed>(&saver);
        refused(thread.resume().await.unwrap_err());
        refused(thread.reply(no_pause::DeployedReply::Confirm(String::new())).await.unwrap_err());
        assert!(deployed(&saver) == before, "nothing was changed");
        // With the old graph it goes on.
        let thread = open::<old::Deployed>(&saver);
        paused(thread.reply(old::DeployedReply::Ask("one".to_owned())).await.unwrap());
        thread.reply(old::DeployedReply::Confirm("two".to_owned())).await.unwrap().finished().unwrap();
    });
}

#[test]
fn a_reply_of_the_former_type_is_not_taken_for_another_one() {
    block_on(async {
        let saver = waiting().await;
        open::<old::Deployed>(&saver).reply(old::DeployedReply::Ask("one".to_owned())).deliver().await.unwrap();
        let before = deployed(&saver);
        let thread = open::<retyped::Deployed>(&saver);
        let error = thread.resume().await.unwrap_err();
        assert!(matches!(error, Error::Incompatible { .. }) && error.to_string().contains("`ask`"), "{error}");
        let twice = thread.reply(retyped::DeployedReply::Ask(7)).await.unwrap_err();
        assert!(matches!(twice, Error::AlreadyReplied { .. }), "{twice}");
        assert!(deployed(&saver) == before, "nothing was changed");
        let left = paused(open::<old::Deployed>(&saver).resume().await.unwrap());
        assert_eq!(left.waiting()[0].node(), "confirm");

        // One that nobody has replied to takes the new type.
        let thread = open::<retyped::Deployed>(&waiting().await);
        paused(thread.reply(retyped::DeployedReply::Ask(7)).await.unwrap());
        assert_eq!(thread.snapshot().await.unwrap().unwrap().state.said, ["count 7"]);
    });
}

/// A question that is no JSON, or panics on its way there.
struct Moody(u32);

impl Serialize for Moody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => Err(serde::ser::Error::custom("no words")),
            1 => panic!("told to"),
            mood => mood.serialize(serializer),
        }
    }
}

fn moody(talk: &Talk) -> Moody {
    assert!(talk.mood < 9, "told to, while it was asked");
    Moody(talk.mood)
}

fn first(_: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(["first".to_owned()])
}

graph! {
    graph Asking<Talk>;
    node first;
    pause ask(String) asks moody;
    start -> first -> ask -> end;
}

#[test]
fn a_question_that_cannot_be_stored_is_an_error_and_the_thread_goes_on_once_it_can() {
    block_on(async {
        for (mood, reason) in [(0, "no words"), (1, "told to"), (9, "told to, while it was asked")] {
            let thread = open::<Asking>(&MemorySaver::new());
            for outcome in [thread.invoke(Talk::update().mood(mood)).await, thread.resume().await] {
                let Err(Error::Node(error)) = outcome else { panic!("{outcome:?}") };
                assert_eq!(
                    (error.node, error.thread.as_ref().map(graph_runtime::ThreadId::as_str)),
                    ("first", Some("a")),
                    "{error}"
                );
                assert!(matches!(error.cause, NodeCause::Question { .. } | NodeCause::Panic(_)), "{error}");
                assert!(error.to_string().contains(reason), "{error}");
            }
            let snapshot = thread.snapshot().await.unwrap().unwrap();
            assert_eq!((snapshot.status, snapshot.step, snapshot.next.len()), (Status::Failed, 0, 1));
            thread.update(Talk::update().mood(5)).await.unwrap();
            let pause = paused(thread.resume().await.unwrap());
            assert_eq!(pause.waiting()[0].question::<u32>().unwrap(), 5);
            let unread = pause.waiting()[0].question::<String>().unwrap_err();
            assert!(matches!(&unread, Error::Question { id, .. } if id == pause.waiting()[0].id()), "{unread}");
            let talk = thread.reply(AskingReply::Ask("yes".to_owned())).await.unwrap().finished().unwrap();
            assert_eq!(talk.said, ["first", "ask yes"]);
        }
    });
}

/// A reply that does not read back as it was written.
#[derive(Debug, Deserialize)]
struct Torn(String);

impl Serialize for Torn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(self.0 != "panic", "told to");
        serializer.serialize_u8(7)
    }
}

fn torn(_: &Talk, reply: &Torn) -> impl Update<Talk> + use<> {
    Talk::update().said([reply.0.clone()])
}

graph! {
    graph Tearing<Talk>;
    pause torn(Torn);
    start -> torn -> end;
}

#[test]
fn a_reply_that_does_not_read_back_is_not_stored() {
    block_on(async {
        let saver = MemorySaver::new();
        let thread = open::<Tearing>(&saver);
        paused(thread.invoke(()).await.unwrap());
        let before = whole(&saver, &thread_of("Tearing", "a"));
        for text in ["panic", "lost"] {
            let error = thread.reply(TearingReply::Torn(Torn(text.to_owned()))).await.unwrap_err();
            let Error::NotStorable {
                source: FieldError::Panicked { field, .. } | FieldError::NotStorable { field, .. },
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!(field, "torn");
            assert!(whole(&saver, &thread_of("Tearing", "a")) == before, "nothing was stored");
        }
    });
}
