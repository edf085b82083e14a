//! Runs that wait for people: what is asked is an event, and a reply goes on as a stream.

use crate::graphs::{all, state, words};
use graph_runtime::{Event, GraphState, MemorySaver, Outcome, Update, graph};

#[derive(GraphState, Debug, PartialEq)]
struct Talk {
    #[reduce(append)]
    said: Vec<String>,
}

fn robot(_: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(["beep".to_owned()])
}

fn prompt(talk: &Talk) -> String {
    format!("answer to {}", talk.said.concat())
}

#[expect(clippy::ptr_arg, reason = "nodes get the reply by reference")]
fn human(_: &Talk, answer: &String) -> impl Update<Talk> + use<> {
    Talk::update().said([answer.clone()])
}

graph! {
    graph Talking<Talk>;
    node robot;
    pause human(String) asks prompt;
    start -> robot -> human -> end;
}

/// S32 of `LangGraph`'s scenarios.
#[test]
fn a_question_is_told_after_the_update_and_the_answer_goes_on() {
    let thread = Talking::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let events = all(thread.stream(()));
    let expected = [
        "run from false true",
        "checkpoint 0 Input Running",
        "step 1: robot",
        "start robot 1",
        "finish robot",
        "end of step 1",
        "checkpoint 1 Step Paused",
        "paused human",
        "ended",
    ];
    assert_eq!(words(&events), expected);
    let Some(Event::Ended(outcome)) = events.last() else { panic!("no end") };
    assert!(matches!(&**outcome, Outcome::Paused(_)));
    assert!(!format!("{events:?}").contains("answer to"), "what is asked is for who may answer");
    let asked = events.iter().find_map(|event| match event {
        Event::Paused { task, waiting, .. } => Some((task.node, waiting)),
        _ => None,
    });
    let Some((Some(TalkingNode::Human), waiting)) = asked else { panic!("{asked:?}") };
    assert_eq!(waiting.question::<String>().unwrap(), "answer to beep");

    let mut mirror = state(&thread);
    let events = all(thread.reply_to(waiting.id(), TalkingReply::Human("hello".to_owned())).stream());
    for event in &events {
        if let Event::StepFinished { changes, .. } = event {
            changes.apply(&mut mirror).unwrap();
        }
    }
    let expected = [
        "run from true false",
        "step 2: human",
        "start human 1",
        "finish human",
        "end of step 2",
        "checkpoint 2 Reply Finished",
        "ended",
    ];
    assert_eq!(words(&events), expected);
    assert_eq!(mirror, state(&thread));
    assert_eq!(mirror.said, ["beep", "hello"]);
}

fn twice(talk: &Talk) -> bool {
    talk.said.len() >= 2
}

graph! {
    graph Crossed<Talk>;
    node robot;
    pause human(String) asks prompt;
    start -> (human, robot -> match twice { true => join, false => robot }) -> end;
}

#[test]
fn a_question_is_told_once_while_other_branches_go_on() {
    let thread = Crossed::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let expected = [
        "run from false true",
        "checkpoint 0 Input Running",
        "paused human",
        "step 1: robot",
        "start robot 1",
        "finish robot",
        "end of step 1",
        "checkpoint 1 Step Running",
        "step 2: robot",
        "start robot 1",
        "finish robot",
        "end of step 2",
        "checkpoint 2 Step Paused",
        "ended",
    ];
    assert_eq!(words(&all(thread.stream(()))), expected);
    // A run that finds nothing to do tells nothing that it has done.
    assert_eq!(words(&all(thread.resume().stream())), ["run from true false", "ended"]);
}

fn enter(_: &Talk) -> impl Update<Talk> + use<> {}

fn leave(_: &Talk, inner: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(inner.said.clone())
}

graph! {
    graph Outer<Talk>;
    subgraph talking = Talking(enter, leave);
    start -> talking -> end;
}

#[test]
fn a_question_in_a_subgraph_has_its_full_name() {
    let thread = Outer::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let events = all(thread.stream(()));
    assert!(words(&events).contains(&"paused talking/human".to_owned()), "{events:?}");
    let reply = TalkingReply::Human("hello".to_owned());
    let events = all(thread.reply(OuterReply::Talking(reply)).stream());
    let expected = ["start talking/human 1", "finish talking/human", "finish talking", "end of step 2"];
    assert!(words(&events).windows(4).any(|four| four == expected), "{events:?}");
}
