//! Runs as streams of what happens in them.
//!
//! A `hub` hears what a run and its tasks do and makes `event`s of it, with the `changes` of the state that they bring. It
//! gives each to the `events` that drive the run, and to every `subscriber`.

mod changes;
mod event;
mod events;
mod hub;
mod subscriber;
mod task;

pub use changes::Changes;
pub use event::Event;
pub use events::Events;
pub(crate) use hub::Hub;
pub use subscriber::{Feed, Subscriber};
pub use task::{Emitted, Task};
