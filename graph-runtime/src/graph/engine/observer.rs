//! Who watches the tasks of a run.

use super::path::TaskName;
use crate::NodeError;
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Hears what the tasks of a superstep do, while they do it. It is called between two polls of a run and must not wait.
pub trait Observer: Send + Sync + fmt::Debug {
    /// An attempt at a task begins.
    fn started(&self, task: &TaskName, attempt: u32);

    /// An attempt failed; with when the next one is due, in milliseconds since the Unix epoch, if there is one.
    fn failed(&self, task: &TaskName, error: &NodeError, due: Option<u64>);

    /// A task is done, with what it writes.
    fn finished(&self, task: &TaskName, fields: Result<Bytes, FieldError>);

    /// What a task left goes into the state, after that of the tasks before it in the text. Not all have finished in this
    /// run: some did before a crash, and a subgraph writes when it is left.
    fn applied(&self, task: &TaskName, fields: &mut dyn FnMut() -> Result<Bytes, FieldError>);

    /// A node says something.
    fn emitted(&self, task: &TaskName, value: Arc<dyn Any + Send + Sync>, name: &'static str);
}
