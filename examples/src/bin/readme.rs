//! The program of the README, as it stands there.
//!
//! ```text
//! cargo run -p graph-examples --bin readme
//! ```

include!(concat!(env!("OUT_DIR"), "/readme.rs"));
