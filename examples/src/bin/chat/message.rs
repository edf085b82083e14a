//! What is said in a conversation.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A message.
///
/// It is stored, so its shape is this program's and not that of the client, which changes when the client does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    User(String),
    Assistant(Answer),
    Tool { call: Call, result: String },
}

/// What the model says: words, calls of tools, or both. It is read from the model's JSON, and journaled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) content: Option<String>,
    pub(crate) tool_calls: Option<Vec<Call>>,
}

/// A call of a tool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) function: Function,
}

/// The tool that is called.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// JSON, if the model made no mistake.
    pub(crate) arguments: String,
}

impl Message {
    /// The calls of tools that the model asks for.
    pub(crate) fn calls(&self) -> &[Call] {
        match self {
            Message::Assistant(Answer { tool_calls: Some(calls), .. }) => calls,
            _ => &[],
        }
    }
}

/// What a person and the model said is shown whole, and the first line of what a tool said.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::User(text) => write!(f, "you: {text}"),
            Message::Assistant(answer) => match answer.content.as_deref() {
                None | Some("") => write!(f, "model: …"),
                Some(text) => write!(f, "model: {text}"),
            },
            Message::Tool { call, result } => {
                let line = result.lines().next().unwrap_or_default();
                let more = if result.lines().count() > 1 { " …" } else { "" };
                write!(f, "← {}: {line}{more}", call.function.name)
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.function.name, self.function.arguments)
    }
}
