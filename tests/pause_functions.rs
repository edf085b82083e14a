//! The functions of pauses: each takes what it wants of state, item, reply and context, and returns what a node may.

#![expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "pauses get their items and replies by reference"
)]

use futures_lite::future::block_on;
use graph_runtime::{
    Command, Ctx, Definition, GraphState, MemorySaver, NodeError, Outcome, Replies, Thread, Update, graph,
};

/// What the pauses did.
#[derive(GraphState, Debug, PartialEq)]
pub struct Log {
    #[reduce(append)]
    lines: Vec<String>,
}

fn line<L: Into<String>>(line: L) -> impl Update<Log> + use<L> {
    Log::update().lines([line.into()])
}

/// Replies to the one pause at which the thread waits.
fn reply<G: Definition<State = Log>>(thread: &Thread<G>, reply: G::Reply) -> Outcome<Log> {
    block_on(async { thread.reply(reply).await }).unwrap()
}

mod alone {
    use super::*;

    fn nothing(_: &Log) -> impl Update<Log> + use<> {
        line("nothing")
    }

    fn of_reply(_: &Log, reply: &u32) -> impl Update<Log> + use<> {
        line(format!("reply {reply}"))
    }

    async fn of_context(_: &Log, cx: &Ctx<String>) -> Result<impl Update<Log> + use<>, std::io::Error> {
        std::future::ready(()).await;
        Ok(line(format!("context {}", cx.context())))
    }

    async fn of_both(log: &Log, reply: &Option<String>, cx: &Ctx<String>) -> impl Update<Log> + use<> {
        line(format!("both {reply:?} {} {}", cx.context(), log.lines.len()))
    }

    fn decides(_: &Log, again: &bool) -> Command<bool, impl Update<Log> + use<>> {
        Command::to(*again).update(line("decides"))
    }

    fn fails(_: &Log, _: &u8) -> Result<Command<bool>, String> {
        Err("never".to_owned())
    }

    fn forgives(_: &Log, error: &NodeError) -> Command<bool, impl Update<Log> + use<>> {
        Command::to(true).update(line(format!("{} forgiven", error.node)))
    }

    graph! {
        pub graph Forms<Log, String>;
        pause nothing(());
        pause of_reply(u32);
        pause of_context(Vec<u8>);
        pause of_both(Option<String>);
        pause decides(bool);
        #[retry(attempts = 2, backoff = "0s")]
        #[on_error(forgives)]
        pause fails(u8);
        start -> nothing -> of_reply -> of_context -> of_both -> decides -> match { true => decides, false => fails };
        fails -> match { true => end, false => nothing };
    }

    #[tokio::test]
    async fn each_takes_what_it_wants() {
        let graph = Forms::builder().context("tools".to_owned()).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        assert!(matches!(thread.invoke(()).await.unwrap(), Outcome::Paused(_)));
        for answer in [
            FormsReply::Nothing(()),
            FormsReply::OfReply(7),
            FormsReply::OfContext(vec![1]),
            FormsReply::OfBoth(Some("yes".to_owned())),
            FormsReply::Decides(true),
            FormsReply::Decides(false),
        ] {
            assert!(matches!(thread.reply(answer).await.unwrap(), Outcome::Paused(_)));
        }
        let log = thread.reply(FormsReply::Fails(0)).await.unwrap().finished().unwrap();
        let lines = [
            "nothing",
            "reply 7",
            "context tools",
            r#"both Some("yes") tools 3"#,
            "decides",
            "decides",
            "fails forgiven",
        ];
        assert_eq!(log.lines, lines);
    }
}

mod in_a_for {
    use super::*;

    fn items(_: &Log) -> Vec<u32> {
        vec![3]
    }

    fn nothing(_: &Log) -> impl Update<Log> + use<> {
        line("nothing")
    }

    fn of_item(_: &Log, item: &u32) -> impl Update<Log> + use<> {
        line(format!("item {item}"))
    }

    fn of_reply(_: &Log, reply: &String) -> impl Update<Log> + use<> {
        line(format!("reply {reply}"))
    }

    fn of_context(_: &Log, cx: &Ctx<u8>) -> impl Update<Log> + use<> {
        line(format!("context {}", cx.context()))
    }

    async fn of_item_and_reply(_: &Log, item: &u32, reply: &String) -> impl Update<Log> + use<> {
        line(format!("item {item} reply {reply}"))
    }

    async fn of_item_and_context(_: &Log, item: &u32, cx: &Ctx<u8>) -> impl Update<Log> + use<> {
        line(format!("item {item} context {}", cx.context()))
    }

    fn of_reply_and_context(_: &Log, reply: &String, cx: &Ctx<u8>) -> impl Update<Log> + use<> {
        line(format!("reply {reply} context {}", cx.context()))
    }

    async fn of_all(_: &Log, item: &u32, reply: &String, cx: &Ctx<u8>) -> Result<impl Update<Log> + use<>, String> {
        Ok(line(format!("item {item} reply {reply} context {}", cx.context())))
    }

    fn twins(_: &Log, item: &u32, reply: &u32) -> impl Update<Log> + use<> {
        line(format!("item {item} reply {reply}"))
    }

    fn neither_twin(_: &Log, _: &Ctx<u8>) -> impl Update<Log> + use<> {
        line("neither")
    }

    fn card(_: &Log, item: &u32) -> String {
        format!("card {item}")
    }

    graph! {
        pub graph Forms<Log, u8>;
        pause nothing(String);
        pause of_item(String) asks card;
        pause of_reply(String);
        pause of_context(String);
        pause of_item_and_reply(String);
        pause of_item_and_context(String);
        pause of_reply_and_context(String);
        pause of_all(String);
        pause twins(u32);
        pause neither_twin(u32);
        start -> for items(u32) {
            nothing -> of_item -> of_reply -> of_context -> of_item_and_reply -> of_item_and_context
                -> of_reply_and_context -> of_all -> twins -> neither_twin
        } -> end;
    }

    #[test]
    fn each_takes_what_it_wants() {
        use FormsReply as Answer;
        let graph = Forms::builder().context(9).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        assert!(matches!(block_on(async { thread.invoke(()).await }).unwrap(), Outcome::Paused(_)));
        let text = || "r".to_owned();
        let Outcome::Paused(pause) = reply(&thread, Answer::Nothing(text())) else { panic!("it pauses again") };
        assert_eq!(pause.waiting()[0].question::<String>().unwrap(), "card 3");
        for answer in [
            Answer::OfItem(text()),
            Answer::OfReply(text()),
            Answer::OfContext(text()),
            Answer::OfItemAndReply(text()),
            Answer::OfItemAndContext(text()),
            Answer::OfReplyAndContext(text()),
            Answer::OfAll(text()),
            Answer::Twins(4),
        ] {
            assert!(matches!(reply(&thread, answer), Outcome::Paused(_)));
        }
        let log = reply(&thread, Answer::NeitherTwin(5)).finished().unwrap();
        let lines = [
            "nothing",
            "item 3",
            "reply r",
            "context 9",
            "item 3 reply r",
            "item 3 context 9",
            "reply r context 9",
            "item 3 reply r context 9",
            "item 3 reply 4",
            "neither",
        ];
        assert_eq!(log.lines, lines);
    }
}

/// No two of these are of one type; the names of variants and pauses differ.
mod names {
    use super::*;

    fn type_(_: &Log) {}

    fn enter(_: &Log) {}

    fn leave(_: &Log, _: &Log) {}

    graph! {
        pub graph Inner<Log>;
        pause r#type = type_(String);
        start -> r#type -> end;
    }

    graph! {
        pub graph Outer<Log>;
        pause say_it = type_(Vec<u8>);
        subgraph inner_one = Inner(enter, leave);
        start -> say_it -> inner_one -> end;
    }

    #[test]
    fn a_reply_knows_its_way_and_shows_nothing_of_what_it_says() {
        let replies = [
            (OuterReply::SayIt(vec![1]), "SayIt(..)", vec!["say_it"]),
            (
                OuterReply::InnerOne(InnerReply::Type("secret".to_owned())),
                "InnerOne(Type(..))",
                vec!["inner_one", "type"],
            ),
        ];
        for (reply, shown, way) in replies {
            let mut path = Vec::new();
            reply.path(&mut path);
            assert_eq!((format!("{reply:?}").as_str(), path), (shown, way));
        }
    }
}
