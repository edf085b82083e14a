//! Reducers: how a field folds a write into its value.
//!
//! Each `#[reduce(…)]` has a trait here, implemented for the types that it works on. `#[reduce(with = path)]` needs none:
//! it takes any `fn(&mut T, T)`.
//!
//! # Examples
//!
//! ```
//! use std::collections::BTreeMap;
//! use graph_runtime::{GraphState, Update, graph};
//!
//! #[derive(GraphState)]
//! struct Survey {
//!     #[reduce(append)]
//!     notes: Vec<String>,
//!     #[reduce(merge)]
//!     votes: BTreeMap<String, u32>,
//!     #[reduce(add)]
//!     cost: f64,
//!     #[reduce(max)]
//!     best: u32,
//!     #[reduce(with = keep_longer)]
//!     title: String,
//! }
//!
//! fn keep_longer(title: &mut String, other: String) {
//!     if other.len() > title.len() {
//!         *title = other;
//!     }
//! }
//!
//! fn ask(_: &Survey) -> impl Update<Survey> {
//!     Survey::update()
//!         .notes(["asked".to_owned()])
//!         .votes([("yes".to_owned(), 2)])
//!         .cost(0.5)
//!         .best(3)
//!         .best(2)
//!         .title("Longer")
//! }
//!
//! graph! {
//!     graph Asking<Survey>;
//!     node ask;
//!     start -> ask -> end;
//! }
//!
//! let input = Survey::update().notes(["planned".to_owned()]).votes([("no".to_owned(), 1)]).cost(1.0).title("Short");
//! let survey = futures_lite::future::block_on(Asking::new().run(input))?;
//! assert_eq!(survey.notes, ["planned", "asked"]);
//! assert_eq!((survey.votes.len(), survey.cost, survey.best, survey.title.as_str()), (2, 1.5, 3, "Longer"));
//! # Ok::<(), graph_runtime::Error>(())
//! ```

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
