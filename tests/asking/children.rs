//! Pauses in subgraphs: they are the thread's.

use super::{
    Calls, Talk, Twice, TwiceReply, answer, begin, child_1, child_2, cleanup, grand_1, grand_2, nodes, one, open,
    parent_1, parent_2, prompt, two,
};
use futures_lite::future::block_on;
use graph_runtime::{Ctx, Durability, Error, MemorySaver, Update, graph};
use graph_tests::paused;
use std::sync::Arc;

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
        let thread = open::<Interview>(&saver, &calls).thread("a");
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
        let thread = open::<Interview>(&saver, &calls).thread("a");
        let pause = paused(thread.invoke(Talk::update().prompts(prompts)).await.unwrap());
        let ids: Vec<_> = pause.waiting().iter().map(|waiting| waiting.id().clone()).collect();
        calls.take();
        let say = |text: &str| InterviewReply::Person(AskingReply::Answer(text.to_owned()));
        let left = paused(open::<Interview>(&saver, &calls).thread("a").reply_to(&ids[2], say("C")).await.unwrap());
        assert_eq!(left.waiting().iter().map(graph_runtime::Waiting::id).collect::<Vec<_>>(), [&ids[0], &ids[1]]);
        assert_eq!(calls.take(), ["answer"]);
        paused(open::<Interview>(&saver, &calls).thread("a").reply_to(&ids[0], say("A")).await.unwrap());
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
        let thread = open::<Around>(&saver, &calls).thread("a");
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
        let thread = || open::<Turns>(&saver, &calls).thread("a");
        paused(thread().invoke(()).await.unwrap());
        paused(thread().reply(reply("bar")).await.unwrap());
        thread().reply(reply("qux")).await.unwrap().finished().unwrap();
        assert_eq!(calls.take(), ["sees ", "round", "sees barbaz", "round"]);
        paused(thread().invoke(()).await.unwrap());
        assert_eq!(calls.take(), ["sees quxbaz"], "in the next turn, too");
        thread().verify().await.unwrap();
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
        let talk = open::<AroundEmpty>(&saver, &calls).thread("a").invoke(()).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["one"]);
        let thread = open::<BesideEmpty>(&saver, &calls).thread("b");
        assert_eq!(nodes(&paused(thread.invoke(()).await.unwrap())), ["answer"]);
        let talk = thread.reply(BesideEmptyReply::Answer("yes".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(talk.said, ["yes", "cleanup"]);
    });
}
