//! Pauses wherever a graph can have them: in loops, groups, `for`s and subgraphs, two deep; each asks once, and nothing
//! runs twice because another one was answered.
//!
//! The numbers in the comments are those of the scenarios of other engines, which these tests retell.

#![allow(
    clippy::ptr_arg,
    reason = "pauses take replies, and functions in a `for` their item, by reference, whatever they are"
)]

mod children;

use futures_lite::future::block_on;
use graph_runtime::{
    Builder, Command, Ctx, Definition, Graph, GraphState, MemorySaver, NodeError, Pause, Source, Status, Update, graph,
};
use graph_tests::paused;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Talk {
    prompts: Vec<String>,
    #[reduce(append)]
    said: Vec<String>,
    #[reduce(add)]
    rounds: u32,
    age: Option<u32>,
    note: String,
    #[state(ephemeral)]
    hint: Option<String>,
    #[state(skip)]
    cache: u32,
}

/// The nodes that ran.
#[derive(Default)]
struct Calls(Mutex<Vec<String>>);

impl Calls {
    fn note(cx: &Ctx<Calls>, name: &str) -> String {
        cx.context().0.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
        name.to_owned()
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

macro_rules! visits {
    ($($name:ident)*) => { $(
        fn $name(_: &Talk, cx: &Ctx<Calls>) -> impl Update<Talk> + use<> {
            Talk::update().said([Calls::note(cx, stringify!($name))])
        }
    )* };
}

visits! { begin one two parent_1 parent_2 child_1 child_2 grand_1 grand_2 cleanup }

fn answer(_: &Talk, text: &String, cx: &Ctx<Calls>) -> impl Update<Talk> + use<> {
    Calls::note(cx, "answer");
    Talk::update().said([text.clone()])
}

fn again(_: &Talk, text: &String, cx: &Ctx<Calls>) -> impl Update<Talk> + use<> {
    Calls::note(cx, "again");
    Talk::update().said([text.clone()])
}

fn open<G: Definition<State = Talk, Context = Calls>>(saver: &MemorySaver, calls: &Arc<Calls>) -> Graph<G> {
    Builder::<G>::new().context(Arc::clone(calls)).checkpointer(saver.clone()).build()
}

fn nodes(pause: &Pause) -> Vec<&str> {
    pause.waiting().iter().map(graph_runtime::Waiting::task).collect()
}

// S19, S21: two questions of one conversation.
graph! {
    graph Twice<Talk, Calls>;
    node begin;
    pause answer(String);
    pause again(String);
    start -> begin -> answer -> again -> end;
}

#[test]
fn questions_come_one_after_the_other_and_each_answer_is_stored_with_its_step() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = open::<Twice>(&saver, &calls).thread("a");
        let said = || async { thread.snapshot().await.unwrap().unwrap().state.said };
        assert_eq!(nodes(&paused(thread.invoke(()).await.unwrap())), ["answer"]);
        assert_eq!(said().await, ["begin"]);
        // With an edit of the state in between: it keeps the question, and its id.
        let asked = thread.snapshot().await.unwrap().unwrap().waiting;
        let edited = thread.update(Talk::update().said(["edited".to_owned()])).await.unwrap();
        assert_eq!((edited.waiting, edited.status), (asked, Status::Paused));
        let pause = paused(thread.reply(TwiceReply::Answer("first".to_owned())).await.unwrap());
        assert_eq!(nodes(&pause), ["again"]);
        assert_eq!(said().await, ["begin", "edited", "first"]);
        let talk = thread.reply(TwiceReply::Again("second".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["begin", "edited", "first", "second"]);
        assert_eq!(calls.take(), ["begin", "answer", "again"]);
        thread.verify().await.unwrap();
    });
}

// S20: asked until the answer will do.
fn prompt(talk: &Talk) -> String {
    if talk.note.is_empty() { "how old are you?".to_owned() } else { talk.note.clone() }
}

fn judge(_: &Talk, reply: &String) -> impl Update<Talk> + use<> {
    let age = reply.parse().ok().filter(|age| *age >= 18);
    Talk::update().age(age).note(if age.is_some() { "" } else { "invalid response" })
}

fn adult(talk: &Talk) -> bool {
    talk.age.is_some()
}

graph! {
    graph Judging<Talk, Calls>;
    pause judge(String) asks prompt;
    start -> judge -> match adult { true => end, false => judge };
}

#[test]
fn a_pause_in_a_loop_asks_anew_each_time() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = open::<Judging>(&saver, &calls).thread("a");
        let mut pause = paused(thread.invoke(()).await.unwrap());
        let mut ids = Vec::new();
        for (question, reply) in [("how old are you?", "13"), ("invalid response", "x")] {
            assert_eq!(pause.waiting()[0].question::<String>().unwrap(), question);
            ids.push(pause.waiting()[0].id().clone());
            pause = paused(thread.reply(JudgingReply::Judge(reply.to_owned())).await.unwrap());
        }
        assert!(!ids.contains(pause.waiting()[0].id()) && ids[0] != ids[1]);
        let talk = thread.reply(JudgingReply::Judge("19".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!((talk.age, &*talk.note), (Some(19), ""));
    });
}

// S35: what handles errors is not asked because somebody is.
fn handle(_: &Talk, error: &NodeError) -> impl Update<Talk> + use<> {
    Talk::update().said([format!("handled {} after {}", error.node, error.attempt)])
}

async fn shaky(_: &Talk, text: &String, cx: &Ctx<Calls>) -> Result<impl Update<Talk> + use<>, String> {
    Calls::note(cx, "shaky");
    match &**text {
        "panic" => panic!("told to"),
        "twice" if cx.attempt() > 1 => Ok(Talk::update().said([text.clone()])),
        "stuck" => std::future::pending().await,
        "well" => Ok(Talk::update().said([text.clone()])),
        _ => Err("told to".to_owned()),
    }
}

graph! {
    graph Handled<Talk, Calls>;
    #[retry(attempts = 2, backoff = "10s")]
    #[timeout("1h")]
    #[on_error(handle)]
    pause shaky(String);
    node one;
    start -> (shaky, one) -> end;
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_for_what_the_pause_does_and_not_for_its_waiting() {
    for (reply, said, ran) in [
        ("well", "well", 1),
        ("twice", "twice", 2),
        ("panic", "handled shaky after 2", 2),
        ("fail", "handled shaky after 2", 2),
        ("stuck", "handled shaky after 2", 2),
    ] {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = open::<Handled>(&saver, &calls).thread("a");
        assert_eq!(nodes(&paused(thread.invoke(()).await.unwrap())), ["shaky"]);
        assert_eq!(calls.take(), ["one"]);
        // Longer than any limit of what runs.
        tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
        let talk = thread.reply(HandledReply::Shaky(reply.to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["one", said], "{reply}");
        assert_eq!(calls.take().len(), ran, "{reply}");
    }
}

// X11 and `match {}`: a pause that decides where to go.
enum Way {
    Back,
    Out,
}

fn choose(talk: &Talk, text: &String) -> Command<Way, impl Update<Talk> + use<>> {
    let way = if text == "back" { Way::Back } else { Way::Out };
    Command::to(way).update(Talk::update().said([format!("{text} {}", talk.rounds)]).rounds(1))
}

graph! {
    graph Choosing<Talk, Calls>;
    pause choose(String);
    node one, two;
    start -> (choose -> match { Way::Back => one -> choose, Way::Out => join }, two) -> end;
}

#[test]
fn a_pause_that_decides_goes_where_the_reply_says_and_writes_once() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = || open::<Choosing>(&saver, &calls).thread("a");
        let say = |text: &str| ChoosingReply::Choose(text.to_owned());
        paused(thread().invoke(()).await.unwrap());
        paused(thread().reply(say("back")).await.unwrap());
        let talk = thread().reply(say("out")).await.unwrap().finished().unwrap();
        assert_eq!((&*talk.said, talk.rounds), (&["two", "back 0", "one", "out 1"].map(str::to_owned)[..], 2));
        assert_eq!(calls.take(), ["two", "one"]);
    });
}

// What lasts for one step lasts for the step of the reply, however long that takes.
fn hinted(talk: &Talk, text: &String) -> impl Update<Talk> + use<> {
    Talk::update().said([format!("{text} {:?} {}", talk.hint, talk.cache)])
}

fn give_hint(_: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().hint(Some("hint".to_owned())).cache(7)
}

graph! {
    graph Hinting<Talk, Calls>;
    node give_hint, cleanup;
    pause hinted(String);
    start -> give_hint -> hinted -> cleanup -> end;
}

#[test]
fn ephemeral_fields_outlast_the_wait_and_skipped_ones_do_not() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        paused(open::<Hinting>(&saver, &calls).thread("a").invoke(()).await.unwrap());
        let reply = HintingReply::Hinted("yes".to_owned());
        let thread = open::<Hinting>(&saver, &calls).thread("a");
        let talk = thread.reply(reply).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["yes Some(\"hint\") 0", "cleanup"]);
    });
}

// The source of a checkpoint that used a reply, and of one that did not.
#[test]
fn the_history_tells_which_step_used_which_reply() {
    use futures_lite::StreamExt;
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = open::<Choosing>(&saver, &calls).thread("a");
        paused(thread.invoke(()).await.unwrap());
        paused(thread.reply(ChoosingReply::Choose("back".to_owned())).by("alice").await.unwrap());
        thread.reply(ChoosingReply::Choose("out".to_owned())).by("bob").await.unwrap().finished().unwrap();
        let mut told = Vec::new();
        let mut history = thread.history();
        while let Some(snapshot) = history.next().await {
            let snapshot = snapshot.unwrap();
            told.push((
                snapshot.step,
                snapshot.source,
                snapshot.replies.iter().map(|reply| reply.by.clone().unwrap()).collect(),
            ));
        }
        let expected: [(u64, Source, Vec<String>); 5] = [
            (4, Source::Reply, vec!["bob".to_owned()]),
            (3, Source::Step, vec![]),
            (2, Source::Reply, vec!["alice".to_owned()]),
            (1, Source::Step, vec![]),
            (0, Source::Input, vec![]),
        ];
        assert_eq!(told, expected);
    });
}
