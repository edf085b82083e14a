//! The saver on redb 4.6.
//!
//! redb is crash-safe by itself. What is added to it, beside what all embedded stores do:
//!
//! * It writes a checksum for every page into the page above and verifies none when it reads, so its file is read through `pages`,
//!   which does. A file that was not closed is checked whole by redb itself, which has to go through it in any case. What redb has
//!   written since the file was opened is verified by the checksums of the values.
//! * A page that is damaged, or that the system cannot read, fails who reads it, and everybody after that. To redb it is an empty one,
//!   so that the file can be closed, and what is whole of it read when it is opened again.
//! * Its file keeps free pages between those in use, so a close moves these together, where the file is short and the disk has room.
//! * Of a damaged header it may take the older of two states; the watermark notices.
//! * Every call into redb has its panics caught; a program built with `panic = "abort"` still ends on them.
//!
//! What gathers while one commit is synced becomes the next one: one transaction, one sync.
//!
//! Measured on ext4 with two cores: a synced step takes 0.3 ms, a commit of redb alone 0.25, and 64 threads do 40,000 of them per
//! second (`cargo bench -p graph-benches -- commits crowd`). An open takes some milliseconds, whatever the store holds; one that checks
//! 150 MB, after a kill, takes 0.2 s.

mod ahead;
mod damage;
mod engine;
mod error;
mod expected;
mod format;
mod opening;
mod options;
mod pages;
mod saver;
#[cfg(test)]
mod tests;

pub use options::RedbOptions;
pub use saver::RedbSaver;
