//! One error for a field with a reducer whose items cannot be stored.

use super::Storable;

/// What a stored field with a reducer must be; `M` is for rustc to find.
///
/// There are two impls, of which none but the first ever holds. rustc follows a single one and reports whatever it
/// misses; of two it says that neither holds, and then asks nothing more of types that are made with `Then`. So what is
/// wrong with a field is one error, and not one more for each type that is made of its items.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a checkpoint",
    label = "not both `serde::Serialize` and `serde::Deserialize`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it, or mark the field `#[state(skip)]`"
)]
pub trait Reducible<M>: Storable {
    /// `I`, where this type can be stored.
    type Then<I: 'static>: 'static;
}

/// Marks the impl that holds.
pub struct Held;

#[diagnostic::do_not_recommend]
impl<T: Storable> Reducible<Held> for T {
    type Then<I: 'static> = I;
}

#[diagnostic::do_not_recommend]
impl<T: Storable + Never> Reducible<()> for T {
    type Then<I: 'static> = I;
}

/// Implemented by nothing.
pub trait Never {}
