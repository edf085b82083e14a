//! What the tests share: stores that misbehave, records whose content follows from their number, tests in a second process.

mod apply;
pub mod bench;
pub mod disk;
pub mod faulty;
pub mod flaw;
pub mod flawed;
mod hung;
pub mod kills;
mod laid;
mod numbers;
pub mod orders;
mod outcome;
mod process;
pub mod reader;
pub mod script;
pub mod shared;
pub mod stores;
pub mod walk;

pub use apply::{after, block_on, new};
pub use hung::kill;
pub use laid::{Inbox, Laid, laid, whole};
pub use numbers::{append, delivery, expected, hash, head, newest, pending, record, thread, thread_of, write};
pub use outcome::{finished, paused, stopped};
pub use process::{child_store, start_child, wait_for};
