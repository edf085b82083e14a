//! What is shown of a thread: its checkpoints, what it waits for, where it has been.

pub(in crate::thread) mod history;
pub(in crate::thread) mod line;
pub(in crate::thread) mod outline;
pub(in crate::thread) mod past;
pub(in crate::thread) mod picture;
pub(in crate::thread) mod snapshot;
mod verify;
pub(in crate::thread) mod visits;
pub(in crate::thread) mod waiting;
mod walk;
