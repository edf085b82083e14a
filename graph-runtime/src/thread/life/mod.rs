//! The life of threads: listing, pruning and copying them.

pub(in crate::thread) mod copy;
pub(crate) mod due;
pub(in crate::thread) mod keep;
pub(in crate::thread) mod list;
pub(in crate::thread) mod prune;
