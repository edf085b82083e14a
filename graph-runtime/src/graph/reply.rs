//! What a thread asks people, and what they reply.

use crate::record::field::{FieldError, FieldReader, FieldWriter};
use crate::record::probe::FieldProbe;
use crate::schema::Type;
use crate::{FieldCodec, panic};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Duration;

/// The replies that the pauses of a graph wait for: the enum `JobGraphReply`, emitted by `graph!`.
///
/// It has one variant for each pause, which holds the reply, and one for each subgraph, which holds a reply to a pause of
/// that graph. Users make values of it and never implement or call this trait.
pub trait Replies: Debug + Sized + Send + Sync + 'static {
    /// Adds the way to the pause: the subgraphs, the outermost first, then its own name.
    #[doc(hidden)]
    fn path(&self, path: &mut Vec<&'static str>);

    /// What is stored of a reply to the pause of this name, which is the graph's own; `None` if it has no such pause.
    #[doc(hidden)]
    #[must_use]
    fn describe(_: &str) -> Option<Type> {
        None
    }

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
    /// Why the value is no JSON; what the code that writes it said, if it panicked.
    pub fn of<Q: Asked>(value: &Q, _: Json) -> Result<Question, String> {
        let json = panic::catch(|| value.json()).unwrap_or_else(Err)?;
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

/// What a pause may ask.
#[diagnostic::on_unimplemented(
    message = "a pause cannot ask a `{Self}`: a question is stored, as JSON",
    label = "does not return what implements `serde::Serialize`",
    note = "derive `serde::Serialize` for what this function returns; the function is no `async fn`"
)]
pub trait Asked {
    /// The value as JSON, or why it is none.
    ///
    /// # Errors
    ///
    /// What `Serialize` says.
    fn json(&self) -> Result<String, String>;
}

#[diagnostic::do_not_recommend]
impl<Q: Serialize> Asked for Q {
    #[cfg(feature = "json")]
    fn json(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }

    #[cfg(not(feature = "json"))]
    fn json(&self) -> Result<String, String> {
        Err("the feature `json` is off".to_owned())
    }
}

/// Shows that the feature `json` is on. A graph wants it once, so that without the feature it is one error, however many of
/// its pauses ask.
#[derive(Clone, Copy, Debug)]
pub struct Json(());

impl Json {
    /// What questions need.
    #[must_use]
    pub const fn feature<G: JsonFeature>() -> Json {
        Json(())
    }
}

/// What has the feature: with it all, without it nothing.
#[diagnostic::on_unimplemented(
    message = "a pause that `asks` needs the feature `json` of `graph-runtime`",
    label = "what this returns is stored as JSON",
    note = "add `features = [\"json\"]` to the dependency in Cargo.toml"
)]
pub trait JsonFeature {}

#[cfg(feature = "json")]
impl<G> JsonFeature for G {}

/// What a reply must be: it is stored before it is used, and shared with the task.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the reply to a pause, which is stored and shared between threads",
    label = "not `serde::Serialize + serde::Deserialize + Send + Sync + 'static`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it, and use owned values for borrowed ones"
)]
pub trait Reply: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Reply for T {}

/// Asks of a type that it can be a reply.
pub struct Owned<T>(PhantomData<T>);

impl<T> Owned<T> {
    /// Nothing; [`Proven`](crate::__private::Proven) tells what for.
    #[must_use]
    pub const fn of() -> usize
    where
        T: Reply,
    {
        0
    }
}

/// What the pause or subgraph at this place in the text waits for. Nothing less visible than the graph can stand here.
pub trait Waits<const PLACE: usize> {
    /// Its reply.
    type Reply;
}

/// How the reply to one pause is stored: a static beside the graph.
pub struct Replying {
    name: &'static str,
    probe: FieldProbe,
}

impl Replying {
    /// The reply to the pause with this name.
    #[must_use]
    pub const fn to(name: &'static str) -> Replying {
        Replying { name, probe: FieldProbe::new() }
    }

    /// What is stored of a reply.
    #[must_use]
    pub fn describe<T: Reply>() -> Type {
        Type::of::<T>(FieldCodec::Bincode)
    }

    /// Writes the reply.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if it would not read back as it was written.
    pub fn put<T: Reply>(&'static self, fields: &mut FieldWriter<'_>, reply: &T) -> Result<(), FieldError> {
        self.catch(|| fields.put(self.name, &self.probe, reply))
    }

    /// Reads the reply.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the bytes are no reply of this type.
    pub fn take<T: Reply>(&'static self, fields: &mut FieldReader<'_>) -> Result<T, FieldError> {
        let missing = || FieldError::Unreadable { field: self.name, reason: "no reply is stored".to_owned() };
        self.catch(|| fields.take(self.name, &self.probe)).and_then(|reply| reply.ok_or_else(missing))
    }

    /// Storing and reading a reply runs the user's code, which may panic.
    fn catch<R>(&self, call: impl FnOnce() -> Result<R, FieldError>) -> Result<R, FieldError> {
        panic::catch(call).unwrap_or_else(|message| Err(FieldError::Panicked { field: self.name, message }))
    }
}
