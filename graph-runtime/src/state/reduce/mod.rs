//! Reducers: how a field folds a write into its value.
//!
//! Each `#[reduce(…)]` has a trait here, implemented for the types that it works on. `#[reduce(with = path)]` needs none:
//! it takes any `fn(&mut T, T)`.

mod append;
mod bits;
mod compare;
mod merge;
mod sum;
mod upsert;

pub use append::Append;
pub use bits::{And, Or};
pub use compare::{Max, Min};
pub use merge::Merge;
pub use sum::Add;
pub use upsert::Upsert;
