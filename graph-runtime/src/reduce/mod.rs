//! Reducers: how a field folds a write into its value.
//!
//! Each `#[reduce(…)]` has a trait here, implemented for the types that it works on, so that a reducer on a wrong type
//! is one error that names the right ones.

mod append;
mod bits;
mod compare;
mod fold;
mod merge;
mod sum;
mod upsert;

pub use append::Append;
pub use bits::{And, Or};
pub use compare::{Max, Min};
pub use fold::{Fold, NoKey, Overwrite, Reduce, Remove};
pub use merge::Merge;
pub use sum::Add;
pub use upsert::Upsert;
