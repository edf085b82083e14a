//! A guide in fifteen short pages: [`state`], [`graphs`], [`parallel`], [`subgraphs`], [`policies`], [`effects`], [`pauses`],
//! [`threads`], [`travel`], [`streams`], [`telemetry`], [`durability`], [`evolution`], [`testing`]; and [`langgraph`], for those
//! who come from there.

#[doc = include_str!("docs/state.md")]
pub mod state {}

#[doc = include_str!("docs/graphs.md")]
pub mod graphs {}

#[doc = include_str!("docs/parallel.md")]
pub mod parallel {}

#[doc = include_str!("docs/subgraphs.md")]
pub mod subgraphs {}

#[cfg_attr(feature = "tokio", doc = include_str!("docs/policies.md"))]
#[cfg_attr(not(feature = "tokio"), doc = "Policies: need the feature `tokio`.")]
pub mod policies {}

#[cfg_attr(feature = "tokio", doc = include_str!("docs/effects.md"))]
#[cfg_attr(not(feature = "tokio"), doc = "Effects: the page needs the feature `tokio`.")]
pub mod effects {}

#[cfg_attr(feature = "json", doc = include_str!("docs/pauses.md"))]
#[cfg_attr(not(feature = "json"), doc = "Pauses: the page needs the feature `json`.")]
pub mod pauses {}

#[doc = include_str!("docs/threads.md")]
pub mod threads {}

#[doc = include_str!("docs/travel.md")]
pub mod travel {}

#[doc = include_str!("docs/streams.md")]
pub mod streams {}

#[doc = include_str!("docs/telemetry.md")]
pub mod telemetry {}

#[doc = include_str!("docs/durability.md")]
pub mod durability {}

#[cfg_attr(feature = "json", doc = include_str!("docs/evolution.md"))]
#[cfg_attr(not(feature = "json"), doc = "Evolution: the page needs the feature `json`.")]
pub mod evolution {}

#[cfg_attr(all(feature = "json", feature = "tokio"), doc = include_str!("docs/testing.md"))]
#[cfg_attr(
    not(all(feature = "json", feature = "tokio")),
    doc = "Testing: the page needs the features `json` and `tokio`."
)]
pub mod testing {}

#[doc = include_str!("docs/langgraph.md")]
pub mod langgraph {}

/// The programs of the README, which are no part of the documentation here.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}
