//! What a thread asks people, and what they reply.

use crate::record::field::{FieldError, FieldReader, FieldWriter};
use std::time::Duration;

/// The replies that the pauses of a graph wait for: the enum `JobGraphReply`, emitted by `graph!`.
///
/// It has one variant for each pause, which holds the reply, and one for each subgraph, which holds a reply to a pause of
/// that graph. Users make values of it and never implement or call this trait.
pub trait Replies: Sized + Send + Sync + 'static {
    /// Adds the way to the pause: the subgraphs, the outermost first, then its own name.
    #[doc(hidden)]
    fn path(&self, path: &mut Vec<&'static str>);

    /// Writes the reply, without the way to it.
    #[doc(hidden)]
    fn encode(&self, fields: &mut FieldWriter<'_>) -> Result<(), FieldError>;

    /// Reads the reply to the pause of this name, which is the graph's own.
    #[doc(hidden)]
    fn decode(pause: &str, fields: &mut FieldReader<'_>) -> Result<Self, FieldError>;
}

/// What a pause asks, as it is kept with the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub(crate) json: String,
    /// How long it may go without a reply.
    pub(crate) deadline: Option<Duration>,
}

impl Question {
    /// That of a pause without `asks`.
    #[must_use]
    pub fn none() -> Question {
        Question { json: "null".to_owned(), deadline: None }
    }

    /// The value that `asks` gave.
    ///
    /// # Errors
    ///
    /// Why the value is no JSON.
    #[cfg(feature = "json")]
    pub fn of(value: &impl serde::Serialize) -> Result<Question, String> {
        let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
        Ok(Question { json, ..Question::none() })
    }

    /// A question with a deadline.
    #[must_use]
    pub fn within(self, deadline: Duration) -> Question {
        Question { deadline: Some(deadline), ..self }
    }
}

/// Why there is no reply: the generated code is asked for a node that is no pause.
#[must_use]
pub fn no_pause(node: &str) -> FieldError {
    FieldError::Unreadable { field: "reply", reason: format!("`{node}` is no pause") }
}
