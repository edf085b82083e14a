//! The life of threads: listing, pruning, copying and ending them, and taking them from one store to another.

mod arrival;
pub(in crate::thread) mod copy;
pub(crate) mod due;
pub(crate) mod end;
pub(in crate::thread) mod export;
pub(in crate::thread) mod import;
pub(in crate::thread) mod keep;
pub(in crate::thread) mod list;
pub(in crate::thread) mod prune;
