//! The agent as a graph: it thinks, uses its tools, and thinks again.

use crate::message::{Call, Message};
use crate::model::{Model, Unanswered};
use crate::tools;
use graph_runtime::{BoxError, Ctx, GraphState, NodeError, Update, graph};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::path::PathBuf;

/// What a conversation must not forget.
#[derive(GraphState, Debug)]
pub(crate) struct Conversation {
    /// A checkpoint stores what was said since the one before, however long the conversation is.
    #[reduce(append)]
    pub(crate) messages: Vec<Message>,
}

/// The world outside the thread, never stored: the model with its key, and the directory of the tools.
pub(crate) struct Desk {
    pub(crate) model: Model,
    pub(crate) dir: PathBuf,
}

/// What a person says about a dangerous call.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Verdict {
    Allowed,
    Refused { because: Option<String> },
}

/// A tool begins; told to whoever listens.
pub(crate) struct Begun(pub(crate) Call);

graph! {
    /// Thinks, uses tools side by side, asks a person before the dangerous ones, and thinks again.
    pub(crate) graph Chat<Conversation, Desk>;

    #[retry(attempts = 4, backoff = "500ms", jitter, if = passes)]
    #[timeout("120s")]
    node think;
    node look;
    pause act(Verdict) asks card;

    start -> think -> match answered {
        true => end,
        false => (
            #[concurrency(8)] for harmless(Call) { look },
            for dangerous(Call) { act },
        ) -> think,
    };
}

/// How often the model may use tools in one turn.
const ROUNDS: usize = 16;

/// Asks the model what to say or to do. Its answer is journaled before it is used: whatever happens then, nobody asks again.
async fn think(chat: &Conversation, cx: &Ctx<Desk>) -> Result<impl Update<Conversation> + use<>, BoxError> {
    let turn = chat.messages.iter().rev().take_while(|message| !matches!(message, Message::User(_)));
    let rounds = turn.filter(|message| matches!(message, Message::Assistant(_))).count();
    let ask = |_| cx.context().model.answer(&chat.messages, rounds < ROUNDS);
    let answer = cx.once("answer", &chat.messages, ask).await?;
    Ok(Conversation::update().messages([Message::Assistant(answer)]))
}

fn passes(error: &NodeError) -> bool {
    error.find().is_none_or(|Unanswered { passing, .. }| *passing)
}

/// What the model has asked for; nothing if it has answered.
fn calls(chat: &Conversation) -> &[Call] {
    chat.messages.last().map_or(&[], Message::calls)
}

fn answered(chat: &Conversation) -> bool {
    calls(chat).is_empty()
}

fn harmless(chat: &Conversation) -> Vec<Call> {
    calls(chat).iter().filter(|call| !tools::dangerous(call)).cloned().collect()
}

fn dangerous(chat: &Conversation) -> Vec<Call> {
    calls(chat).iter().filter(|call| tools::dangerous(call)).cloned().collect()
}

/// Uses a tool that changes nothing. A crash may have it used again.
async fn look(_: &Conversation, call: &Call, cx: &Ctx<Desk>) -> impl Update<Conversation> + use<> {
    Conversation::update().messages([Message::Tool { call: call.clone(), result: run(call, cx).await }])
}

/// What a person sees who is to decide.
fn card(_: &Conversation, call: &Call) -> Call {
    call.clone()
}

/// Uses a tool that changes something, if it may. A crash never has it used again: then the model is told that nobody
/// knows, and can look.
async fn act(
    _: &Conversation,
    call: &Call,
    verdict: &Verdict,
    cx: &Ctx<Desk>,
) -> Result<impl Update<Conversation> + use<>, BoxError> {
    let result = match verdict {
        Verdict::Allowed => {
            let effect = |_| async { Ok::<_, Infallible>(run(call, cx).await) };
            let unknown = |_| async { Ok::<_, Infallible>(tools::UNKNOWN.to_owned()) };
            cx.at_most_once("run", call, effect, unknown).await?
        }
        Verdict::Refused { because: None } => "refused by the user".to_owned(),
        Verdict::Refused { because: Some(why) } => format!("refused by the user: {why}"),
    };
    Ok(Conversation::update().messages([Message::Tool { call: call.clone(), result }]))
}

async fn run(call: &Call, cx: &Ctx<Desk>) -> String {
    cx.emit_with(|| Begun(call.clone()));
    tools::run(call, &cx.context().dir).await
}
