//! `react_agent`: a model that calls a tool n times and then answers.

use super::case::{Case, Work};
use graph_runtime::{Ctx, GraphState, Update, graph};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, Default, GraphState)]
struct Chat {
    #[reduce(upsert(by = id))]
    messages: Vec<Message>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Message {
    id: String,
    text: String,
    by: By,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum By {
    Person,
    Model { calls: Vec<Call> },
    Tool { call: String },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Call {
    id: String,
    tool: String,
    query: String,
}

/// What the fake model says, in this order.
type Answers = Vec<Message>;

impl Message {
    fn new(text: impl Into<String>, by: By) -> Message {
        Message { id: id(), text: text.into(), by }
    }

    fn calls(&self) -> &[Call] {
        if let By::Model { calls } = &self.by { calls } else { &[] }
    }
}

/// As long as a UUID, and as random.
fn id() -> String {
    format!("{:036x}", fastrand::u128(..))
}

/// Every round adds two messages to the question.
fn answer(messages: &[Message], answers: &Answers) -> Message {
    Message { id: id(), ..answers[(messages.len() - 1) / 2].clone() }
}

/// What the tool returns for each call of the last message.
fn results(messages: &[Message]) -> impl Iterator<Item = Message> {
    messages.last().map_or(&[][..], Message::calls).iter().map(|call| {
        let text = format!("result for query: {}", call.query).repeat(10);
        Message::new(text, By::Tool { call: call.id.clone() })
    })
}

fn agent(chat: &Chat, cx: &Ctx<Answers>) -> impl Update<Chat> + use<> {
    Chat::update().messages([answer(&chat.messages, cx.context())])
}

fn tools(chat: &Chat) -> impl Update<Chat> + use<> {
    Chat::update().messages(results(&chat.messages))
}

fn answered(chat: &Chat) -> bool {
    chat.messages.last().is_none_or(|last| last.calls().is_empty())
}

graph! {
    graph Agent<Chat, Answers>;

    node agent, tools;

    start -> agent -> match answered {
        true => end,
        false => tools -> agent,
    };
}

pub(super) fn case(rounds: usize) -> Case {
    let call = || {
        let call = Call { id: id(), tool: "search".into(), query: id().repeat(100) };
        Message::new("", By::Model { calls: vec![call] })
    };
    let mut answers: Answers = std::iter::repeat_with(call).take(rounds).collect();
    answers.push(Message::new("answer".repeat(100), By::Model { calls: Vec::new() }));
    let answers = Arc::new(answers);
    let work = Work {
        steps: 2 * rounds + 1,
        builder: Agent::builder,
        context: Arc::clone(&answers),
        input: Box::new(|| Chat { messages: vec![Message::new("hi?", By::Person)] }),
        by_hand: Box::new(move |chat| by_hand(chat, &answers)),
        right: Box::new(move |chat| {
            let last = chat.messages.last().map_or("", |last| &last.text);
            chat.messages.len() == 2 * rounds + 2 && last == "answer".repeat(100)
        }),
    };
    work.case(format!("react_agent {rounds}x"))
}

fn by_hand(mut chat: Chat, answers: &Answers) -> Chat {
    // Each message has a new id, so nothing is to be replaced.
    loop {
        chat.messages.push(answer(&chat.messages, answers));
        if answered(&chat) {
            return chat;
        }
        let results: Vec<Message> = results(&chat.messages).collect();
        chat.messages.extend(results);
    }
}
