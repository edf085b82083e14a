//! What `#[derive(GraphState)]` implements: fields, defaults, and the way to and from bytes.

pub(crate) mod column;
pub(crate) mod container;
mod marks;
pub mod reduce;
pub mod update;

pub(crate) use marks::Marks;
pub use update::Update;

use crate::record::delta::Delta;
use crate::record::field::{FieldError, FieldReader, FieldWriter};
use crate::schema;

/// A struct that is the state of a graph; implemented by `#[derive(GraphState)]`.
///
/// The state is one value per thread. Nodes read it by reference and return an
/// [`Update`](crate::Update), which the engine applies field by field.
///
/// # Examples
///
/// ```
/// use graph_runtime::GraphState;
/// use std::collections::BTreeMap;
///
/// #[derive(GraphState)]
/// struct Order {
///     #[reduce(merge)]
///     items: BTreeMap<String, u32>,
///     #[state(default = 3)]
///     attempts: u8,
///     #[state(skip)]
///     cache: Vec<u8>,
/// }
///
/// let order = Order::initial();
/// assert_eq!((order.items.len(), order.attempts), (0, 3));
///
/// let [items, attempts, cache] = Order::FIELDS else { panic!("three fields") };
/// assert_eq!((items.name, items.reducer), ("items", Some("merge")));
/// assert!(attempts.stored && !cache.stored);
///
/// let _update = Order::update().items([("tea".to_owned(), 2)]).remove_items(["coffee"]).attempts(1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a graph state",
    label = "not a graph state",
    note = "add `#[derive(GraphState)]` to the struct"
)]
pub trait GraphState: Sized + 'static {
    /// Pending writes, one slot a field; the engine owns one and uses it again for every step.
    #[doc(hidden)]
    type Patch: Default + Send + Sync + 'static;

    /// The fields in the order of their declaration.
    const FIELDS: &'static [Field];

    /// The state of a thread that has never run: every field at its default.
    #[must_use]
    fn initial() -> Self;

    /// The state with `update` in it: what a test of a node compares, and how it makes the states that it begins with.
    ///
    /// Fields are written as a step writes them, by their reducers; all others keep their values.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::{GraphState, Update};
    ///
    /// #[derive(GraphState, Clone)]
    /// struct Job {
    ///     step: u32,
    ///     #[reduce(append)]
    ///     log: Vec<String>,
    /// }
    ///
    /// fn work(job: &Job) -> impl Update<Job> {
    ///     Job::update().step(job.step + 1).log([format!("did step {}", job.step)])
    /// }
    ///
    /// let job = Job::initial().updated(Job::update().step(2));
    /// let job = job.clone().updated(work(&job));
    /// assert_eq!((job.step, job.log), (3, vec!["did step 2".to_owned()]));
    /// ```
    #[must_use]
    fn updated<U: Update<Self>>(mut self, update: U) -> Self {
        let mut patch = Self::Patch::default();
        update.write(&mut patch);
        U::apply(&mut patch, &mut self);
        self
    }

    /// Puts the fields that live for one step back to their defaults.
    #[doc(hidden)]
    fn expire(&mut self);

    /// Takes everything that the patch holds into the state.
    #[doc(hidden)]
    fn apply(&mut self, patch: &mut Self::Patch);

    /// What records hold of the stored fields.
    #[doc(hidden)]
    #[must_use]
    fn describe() -> Vec<schema::Field> {
        Vec::new()
    }

    /// Writes every stored field.
    #[doc(hidden)]
    fn encode(&self, fields: &mut FieldWriter<'_>) -> Result<(), FieldError>;

    /// Reads every stored field, with what has changed in it; one that the record does not hold gets its default.
    #[doc(hidden)]
    fn decode(fields: &mut FieldReader<'_>) -> Result<Self, FieldError>;

    /// Writes what the patch holds for stored fields; a field without a pending write is left out.
    #[doc(hidden)]
    fn encode_patch(patch: &Self::Patch, fields: &mut FieldWriter<'_>) -> Result<(), FieldError>;

    /// Reads a patch; a field that is left out has no pending write.
    #[doc(hidden)]
    fn decode_patch(fields: &mut FieldReader<'_>) -> Result<Self::Patch, FieldError>;

    /// Notes what the patch changes in stored fields. Lists, maps and sets that a reducer of the library folds take it in
    /// meanwhile: only while they change is known what has.
    #[doc(hidden)]
    fn note(&mut self, patch: &mut Self::Patch, changes: &mut Delta);

    /// Writes what has changed, and the fields that live for one step.
    #[doc(hidden)]
    fn encode_changes(&self, changes: &Delta, fields: &mut FieldWriter<'_>) -> Result<(), FieldError>;
}

/// One field of a [`GraphState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The name of the field.
    pub name: &'static str,
    /// The reducer as it is written in the attribute (`"append"`, `"with"`), or `None` where a write replaces the value.
    pub reducer: Option<&'static str>,
    /// Whether the field is part of a checkpoint; `#[state(skip)]` fields are not.
    pub stored: bool,
    /// Whether the value must never be shown; `#[state(secret)]`.
    pub secret: bool,
    /// Whether the value lasts for one step only; `#[state(ephemeral)]`.
    pub ephemeral: bool,
}

impl Field {
    /// A stored field that a write replaces.
    #[must_use]
    pub const fn new(name: &'static str) -> Field {
        Field { name, reducer: None, stored: true, secret: false, ephemeral: false }
    }
}
