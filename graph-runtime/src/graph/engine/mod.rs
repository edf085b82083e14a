//! How a graph runs: superstep by superstep, with as many tasks side by side as its position has.
//!
//! `drive` is the loop in memory; a thread has its own, with a commit after every step. Both ask the `machine` to `perform`
//! the tasks (a `crew`, each with its `attempt`s) and then to advance: `position` follows the routes. `nested` is a
//! machine inside of another one, `pause` a task that waits for a reply, `image` and `restore` are the way to a record and back.

pub(crate) mod at;
pub(crate) mod attempt;
pub(crate) mod brake;
mod caught;
pub(crate) mod crew;
pub(crate) mod drive;
pub(crate) mod former;
pub(crate) mod held;
pub(crate) mod image;
pub(crate) mod items;
pub(crate) mod machine;
pub(crate) mod memory;
pub(crate) mod nested;
pub(crate) mod observer;
pub(crate) mod opening;
pub(crate) mod path;
pub(crate) mod pause;
pub(crate) mod position;
pub(crate) mod restore;
pub(crate) mod scene;
pub(crate) mod slots;
pub(crate) mod timer;

pub(crate) use caught::catch;
pub(crate) use drive::{Failed, Progress, drive};
