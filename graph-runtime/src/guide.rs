//! A guide in four short pages: [`state`], [`graphs`], [`threads`], [`durability`].

#[doc = include_str!("docs/state.md")]
pub mod state {}

#[doc = include_str!("docs/graphs.md")]
pub mod graphs {}

#[doc = include_str!("docs/threads.md")]
pub mod threads {}

#[doc = include_str!("docs/durability.md")]
pub mod durability {}

/// The programs of the README, which are no part of the documentation here.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}
