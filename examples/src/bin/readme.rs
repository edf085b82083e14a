//! The program of the README, as it stands there.
//!
//! ```text
//! cargo run -p graph-examples --bin readme
//! ```

#![expect(missing_docs, reason = "the README says in its text what a user says in doc comments")]

include!(concat!(env!("OUT_DIR"), "/readme.rs"));
