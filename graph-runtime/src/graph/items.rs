//! The items of a `for`, and how its nodes get theirs.

use crate::record::field::{FieldError, FieldReader, FieldWriter};
use serde::{Serialize, de::DeserializeOwned};

/// The lists of items of a graph's `for`s; an enum with one variant for each, emitted by `graph!`.
pub trait Items: Sized + Send + Sync + 'static {
    /// How many items there are.
    fn len(&self) -> usize;

    /// Writes the items.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if they would not read back as they were written.
    fn encode(&self, fields: &mut FieldWriter<'_>) -> Result<(), FieldError>;

    /// Reads the items of this region.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the bytes are no items of its type.
    fn decode(region: usize, fields: &mut FieldReader<'_>) -> Result<Self, FieldError>;
}

/// The items of a graph without a `for`.
#[derive(Debug)]
pub enum NoItems {}

impl Items for NoItems {
    fn len(&self) -> usize {
        match *self {}
    }

    fn encode(&self, _: &mut FieldWriter<'_>) -> Result<(), FieldError> {
        match *self {}
    }

    fn decode(_: usize, _: &mut FieldReader<'_>) -> Result<NoItems, FieldError> {
        Err(no_items())
    }
}

/// Why there is no list of items: the generated code is asked for a region that is no `for`.
#[must_use]
pub fn no_items() -> FieldError {
    FieldError::Unreadable { field: "items", reason: "the graph has no such `for`".to_owned() }
}

/// The item of a task: the list of the innermost `for` that it is in, and its place there.
pub struct At<'a, I> {
    item: Option<(&'a I, usize)>,
}

impl<'a, I> At<'a, I> {
    /// Outside of every `for`.
    pub const NOWHERE: Self = At { item: None };

    pub(crate) fn item(items: &'a I, index: usize) -> Self {
        At { item: Some((items, index)) }
    }

    /// The item; `pick` takes the list out of its variant.
    ///
    /// # Panics
    ///
    /// If the task is in no such `for`, which the engine excludes.
    #[inline]
    pub fn pick<T>(self, pick: impl FnOnce(&'a I) -> Option<&'a [T]>) -> &'a T {
        let item = self.item.and_then(|(items, index)| pick(items)?.get(index));
        match item {
            Some(item) => item,
            None => unreachable!("a task lost its item"),
        }
    }
}

impl<I> Clone for At<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for At<'_, I> {}

/// What an item of a `for` must be: it is stored with the thread's position, and shared with the tasks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an item of a `for`, which is stored in checkpoints and shared between threads",
    label = "not `serde::Serialize + serde::Deserialize + Send + Sync + 'static`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it, and use owned values for borrowed ones"
)]
pub trait Item: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Item for T {}
