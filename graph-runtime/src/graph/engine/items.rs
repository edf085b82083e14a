//! The items of a `for`, and how its nodes get theirs.

use crate::record::field::{FieldError, FieldReader, FieldWriter};
use crate::record::probe::FieldProbe;
use crate::schema::Type;
use crate::{FieldCodec, panic};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::marker::PhantomData;

/// The lists of items of a graph's `for`s; an enum with one variant for each, emitted by `graph!`.
pub trait Items: Sized + Send + Sync + 'static {
    /// How many items there are.
    fn count(&self) -> usize;

    /// The list of this region, as it is stored; `None` if it is no `for`.
    #[must_use]
    fn describe(_: usize) -> Option<Type> {
        None
    }

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
    fn count(&self) -> usize {
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

/// The items of one `for`.
///
/// What their type must be is asked where they are listed, in one place, and not again of all that holds them.
pub struct Listed<T> {
    list: Box<dyn List>,
    item: PhantomData<fn() -> T>,
}

trait List: Any + Send + Sync {
    fn count(&self) -> usize;

    fn put(
        &self,
        fields: &mut FieldWriter<'_>,
        name: &'static str,
        probe: &'static FieldProbe,
    ) -> Result<(), FieldError>;
}

impl<T: Item> List for Vec<T> {
    fn count(&self) -> usize {
        Vec::len(self)
    }

    fn put(
        &self,
        fields: &mut FieldWriter<'_>,
        name: &'static str,
        probe: &'static FieldProbe,
    ) -> Result<(), FieldError> {
        fields.put(name, probe, self)
    }
}

impl<T: 'static> Listed<T> {
    fn new(items: Vec<T>) -> Listed<T>
    where
        T: Item,
    {
        Listed { list: Box::new(items), item: PhantomData }
    }

    /// How many items there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.count()
    }

    /// The items.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        let list: &dyn Any = &*self.list;
        list.downcast_ref::<Vec<T>>().map(Vec::as_slice)
    }
}

/// How the items of one `for` are held and stored: a static beside the graph.
pub struct Listing<T> {
    name: &'static str,
    describe: fn() -> Type,
    hold: fn(Vec<T>) -> Listed<T>,
    take: fn(&mut FieldReader<'_>, &'static str, &'static FieldProbe) -> Result<Vec<T>, FieldError>,
    probe: FieldProbe,
}

impl<T: 'static> Listing<T> {
    /// The items of the `for` with this name.
    #[must_use]
    pub const fn of(name: &'static str) -> Listing<T>
    where
        T: Item,
    {
        Listing {
            name,
            describe: || Type::of::<Vec<T>>(FieldCodec::Bincode),
            hold: Listed::new,
            take: |fields, name, probe| Ok(fields.take(name, probe)?.unwrap_or_default()),
            probe: FieldProbe::new(),
        }
    }

    /// What records hold of the items.
    #[must_use]
    pub fn describe(&self) -> Type {
        (self.describe)()
    }

    /// Holds the items.
    #[must_use]
    pub fn hold(&self, items: Vec<T>) -> Listed<T> {
        (self.hold)(items)
    }

    /// Writes the items.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if they would not read back as they were written.
    pub fn put(&'static self, fields: &mut FieldWriter<'_>, items: &Listed<T>) -> Result<(), FieldError> {
        self.catch(|| items.list.put(fields, self.name, &self.probe))
    }

    /// Reads the items.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the bytes are no items of this type.
    pub fn take(&'static self, fields: &mut FieldReader<'_>) -> Result<Listed<T>, FieldError> {
        self.catch(|| (self.take)(fields, self.name, &self.probe)).map(self.hold)
    }

    /// Storing and reading an item runs the user's code, which may panic.
    fn catch<R>(&self, call: impl FnOnce() -> Result<R, FieldError>) -> Result<R, FieldError> {
        panic::catch(call).unwrap_or_else(|message| Err(FieldError::Panicked { field: self.name, message }))
    }
}

/// What an item of a `for` must be: it is stored with the thread's position, and shared with the tasks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an item of a `for`, which is stored in checkpoints and shared between threads",
    label = "not `serde::Serialize + serde::Deserialize + Send + Sync + 'static`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it, and use owned values for borrowed ones"
)]
pub trait Item: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Item for T {}
