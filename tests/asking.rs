//! Pauses wherever a graph can have them: in loops, groups, `for`s and subgraphs, two deep; each asks once, and nothing
//! runs twice because another one was answered.
//!
//! The numbers in the comments are those of the scenarios of other engines, which these tests retell.

#![allow(
    clippy::ptr_arg,
    reason = "pauses take replies, and functions in a `for` their item, by reference, whatever they are"
)]

use futures_lite::future::block_on;
use graph_runtime::{
    Builder, Command, Ctx, Definition, Durability, Error, Graph, GraphState, MemorySaver, NodeError, Pause, Source,
    Status, Update, graph,
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

fn graph<G: Definition<State = Talk, Context = Calls>>(saver: &MemorySaver, calls: &Arc<Calls>) -> Graph<G> {
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
        let thread = graph::<Twice>(&saver, &calls).thread("a");
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
        let thread = graph::<Judging>(&saver, &calls).thread("a");
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

// S22, S24: five runs of a child side by side, each of which asks.
fn prompts(talk: &Talk) -> Vec<String> {
    talk.prompts.clone()
}

fn enter(_: &Talk, prompt: &String) -> impl Update<Talk> + use<> {
    Talk::update().note(prompt.clone())
}

fn leave(_: &Talk, _: &String, child: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(child.said.clone())
}

graph! {
    graph Asking<Talk, Calls>;
    node child_1;
    pause answer(String) asks prompt;
    start -> child_1 -> answer -> end;
}

graph! {
    graph Interview<Talk, Calls>;
    subgraph person = Asking(enter, leave);
    node cleanup;
    start -> for prompts(String) { person } -> cleanup -> end;
}

#[test]
fn children_side_by_side_wait_each_for_its_own_reply() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let prompts: Vec<_> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let thread = graph::<Interview>(&saver, &calls).thread("a");
        let pause = paused(thread.invoke(Talk::update().prompts(prompts.clone())).await.unwrap());
        assert_eq!(
            nodes(&pause),
            ["person[0]/answer", "person[1]/answer", "person[2]/answer", "person[3]/answer", "person[4]/answer"]
        );
        let asked: Vec<String> = pause.waiting().iter().map(|waiting| waiting.question().unwrap()).collect();
        assert_eq!(asked, prompts);
        let items: Vec<_> = pause.waiting().iter().map(graph_runtime::Waiting::item).collect();
        assert_eq!(items, [0, 1, 2, 3, 4].map(Some), "the `for` around the child is the one around its pause");
        assert_eq!(calls.take(), ["child_1"; 5]);

        let say = |text: &str| InterviewReply::Person(AskingReply::Answer(text.to_owned()));
        let several = thread.reply(say("for whom?")).await.unwrap_err();
        assert!(
            matches!(&several, Error::SeveralWaiting { pause, ids, .. } if pause == "person/answer" && ids.len() == 5)
        );
        // All are stored, in an order of their own, and used in one step.
        for (index, text) in [(3, "D"), (0, "A"), (4, "E"), (2, "C"), (1, "B")] {
            thread.reply_to(pause.waiting()[index].id(), say(text)).deliver().await.unwrap();
        }
        let talk = thread.resume().await.unwrap().finished().unwrap();
        let expected = ["A", "B", "C", "D", "E"].map(|text| vec!["child_1", text]).concat();
        assert_eq!(talk.said, [expected, vec!["cleanup"]].concat());
        assert_eq!(calls.take(), ["answer", "answer", "answer", "answer", "answer", "cleanup"]);
        let step = thread.snapshot().await.unwrap().unwrap().step;
        assert_eq!(step, 3, "one step for the children, one for the answers, one to clean up");
        thread.verify().await.unwrap();
    });
}

#[test]
fn children_go_on_one_by_one_in_the_order_of_the_replies_and_join_in_that_of_the_text() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let prompts: Vec<_> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let thread = graph::<Interview>(&saver, &calls).thread("a");
        let pause = paused(thread.invoke(Talk::update().prompts(prompts)).await.unwrap());
        let ids: Vec<_> = pause.waiting().iter().map(|waiting| waiting.id().clone()).collect();
        calls.take();
        let say = |text: &str| InterviewReply::Person(AskingReply::Answer(text.to_owned()));
        let left = paused(graph::<Interview>(&saver, &calls).thread("a").reply_to(&ids[2], say("C")).await.unwrap());
        assert_eq!(left.waiting().iter().map(graph_runtime::Waiting::id).collect::<Vec<_>>(), [&ids[0], &ids[1]]);
        assert_eq!(calls.take(), ["answer"]);
        paused(graph::<Interview>(&saver, &calls).thread("a").reply_to(&ids[0], say("A")).await.unwrap());
        // Only one is left, so it needs no id.
        let talk = thread.reply(say("B")).await.unwrap().finished().unwrap();
        let lines: Vec<_> = talk.said.iter().filter(|line| *line != "child_1").collect();
        assert_eq!(lines, ["C", "A", "B", "cleanup"], "a child leaves when it is done");
        assert_eq!(calls.take(), ["answer", "answer", "cleanup"]);
    });
}

// S28: two deep.
fn pass(_: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().hint(Some("passed".to_owned()))
}

fn hand_over(_: &Talk, child: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(child.said.clone())
}

graph! {
    graph Grandchild<Talk, Calls>;
    node grand_1, grand_2;
    pause answer(String);
    start -> grand_1 -> answer -> grand_2 -> end;
}

graph! {
    graph Child<Talk, Calls>;
    node child_1, child_2;
    subgraph grandchild = Grandchild(pass, hand_over);
    start -> child_1 -> grandchild -> child_2 -> end;
}

graph! {
    graph Parent<Talk, Calls>;
    node parent_1, parent_2;
    subgraph child = Child(pass, hand_over);
    start -> parent_1 -> child -> parent_2 -> end;
}

#[test]
fn a_pause_two_deep_is_the_threads_and_nothing_around_it_runs_twice() {
    block_on(async {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let (saver, calls) = (MemorySaver::new(), Arc::<Calls>::default());
            let graph = || {
                Parent::builder().context(Arc::clone(&calls)).checkpointer(saver.clone()).durability(durability).build()
            };
            let pause = paused(graph().thread("a").invoke(()).await.unwrap());
            assert_eq!(nodes(&pause), ["child/grandchild/answer"]);
            assert_eq!((pause.waiting()[0].node(), pause.waiting()[0].item()), ("answer", None));
            assert_eq!(calls.take(), ["parent_1", "child_1", "grand_1"]);
            let reply = ParentReply::Child(ChildReply::Grandchild(GrandchildReply::Answer("hello".to_owned())));
            let talk = graph().thread("a").reply(reply).await.unwrap().finished().unwrap();
            assert_eq!(talk.said, ["parent_1", "child_1", "grand_1", "hello", "grand_2", "child_2", "parent_2"]);
            assert_eq!(calls.take(), ["answer", "grand_2", "child_2", "parent_2"]);
        }
    });
}

// S33: a child with two pauses.
graph! {
    graph Around<Talk, Calls>;
    node begin;
    subgraph talk = Twice(pass, hand_over);
    start -> begin -> talk -> end;
}

#[test]
fn a_child_asks_its_second_question_without_asking_the_first_again() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = graph::<Around>(&saver, &calls).thread("a");
        let pause = paused(thread.invoke(()).await.unwrap());
        assert_eq!(nodes(&pause), ["talk/answer"]);
        let wrong = thread.reply_to(pause.waiting()[0].id(), AroundReply::Talk(TwiceReply::Again(String::new())));
        assert!(matches!(wrong.await.unwrap_err(), Error::WrongReply { pause, .. } if pause == "answer"));
        let pause = paused(thread.reply(AroundReply::Talk(TwiceReply::Answer("1".to_owned()))).await.unwrap());
        assert_eq!(nodes(&pause), ["talk/again"]);
        let talk =
            thread.reply(AroundReply::Talk(TwiceReply::Again("2".to_owned()))).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["begin", "begin", "1", "2"]);
        assert_eq!(calls.take(), ["begin", "begin", "answer", "again"]);
    });
}

// S34: a child that keeps its state over the thread.
fn recall(talk: &Talk, cx: &Ctx<Calls>) -> impl Update<Talk> + use<> {
    Calls::note(cx, &format!("sees {}", talk.note));
}

fn keep(_: &Talk, text: &String) -> impl Update<Talk> + use<> {
    Talk::update().note(format!("{text}baz"))
}

fn round(_: &Talk, cx: &Ctx<Calls>) -> impl Update<Talk> + use<> {
    Calls::note(cx, "round");
    Talk::update().rounds(1)
}

fn even(talk: &Talk) -> bool {
    talk.rounds.is_multiple_of(2)
}

fn nothing(_: &Talk, _: &Talk) {}

graph! {
    graph Keeping<Talk, Calls>;
    node recall;
    pause keep(String);
    start -> recall -> keep -> end;
}

graph! {
    graph Turns<Talk, Calls>;
    #[memory(thread)]
    subgraph inner = Keeping(pass, nothing);
    node round;
    start -> inner -> round -> match even { true => end, false => inner };
}

#[test]
fn a_child_with_memory_remembers_over_its_pauses_and_over_turns() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let reply = |text: &str| TurnsReply::Inner(KeepingReply::Keep(text.to_owned()));
        let thread = || graph::<Turns>(&saver, &calls).thread("a");
        paused(thread().invoke(()).await.unwrap());
        paused(thread().reply(reply("bar")).await.unwrap());
        thread().reply(reply("qux")).await.unwrap().finished().unwrap();
        assert_eq!(calls.take(), ["sees ", "round", "sees barbaz", "round"]);
        paused(thread().invoke(()).await.unwrap());
        assert_eq!(calls.take(), ["sees quxbaz"], "in the next turn, too");
        thread().verify().await.unwrap();
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
        let thread = graph::<Handled>(&saver, &calls).thread("a");
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
        let thread = || graph::<Choosing>(&saver, &calls).thread("a");
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
    node give_hint, recall;
    pause hinted(String);
    start -> give_hint -> hinted -> recall -> end;
}

#[test]
fn ephemeral_fields_outlast_the_wait_and_skipped_ones_do_not() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        paused(graph::<Hinting>(&saver, &calls).thread("a").invoke(()).await.unwrap());
        let reply = HintingReply::Hinted("yes".to_owned());
        let thread = graph::<Hinting>(&saver, &calls).thread("a");
        let talk = thread.reply(reply).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["yes Some(\"hint\") 0"]);
    });
}

// Branches without a node, and children without one, hold up nothing.
fn never(_: &Talk) -> bool {
    false
}

fn nobody(_: &Talk) -> Vec<String> {
    Vec::new()
}

graph! {
    graph Empty<Talk, Calls>;
    pause answer(String);
    node two;
    start -> (answer if never, two if never) -> for nobody(String) { again } -> end;
    pause again = for_nobody(String);
}

fn for_nobody(_: &Talk, _: &String, reply: &String) -> impl Update<Talk> + use<> {
    Talk::update().said([reply.clone()])
}

graph! {
    graph AroundEmpty<Talk, Calls>;
    subgraph empty = Empty(pass, hand_over);
    node one;
    start -> empty -> one -> end;
}

graph! {
    graph BesideEmpty<Talk, Calls>;
    subgraph empty = AroundNothing(pass, hand_over);
    pause answer(String);
    node cleanup;
    start -> (empty, answer) -> cleanup -> end;
}

graph! {
    graph AroundNothing<Talk, Calls>;
    subgraph empty = Empty(pass, hand_over);
    start -> empty -> end;
}

#[test]
fn a_child_in_which_nothing_runs_does_not_wait() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let talk = graph::<AroundEmpty>(&saver, &calls).thread("a").invoke(()).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["one"]);
        let thread = graph::<BesideEmpty>(&saver, &calls).thread("b");
        assert_eq!(nodes(&paused(thread.invoke(()).await.unwrap())), ["answer"]);
        let talk = thread.reply(BesideEmptyReply::Answer("yes".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["yes", "cleanup"]);
    });
}

// The source of a checkpoint that used a reply, and of one that did not.
#[test]
fn the_history_tells_which_step_used_which_reply() {
    use futures_lite::StreamExt;
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = graph::<Choosing>(&saver, &calls).thread("a");
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
