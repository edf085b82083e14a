//! What is secret is stored and never shown; what is of the context is neither.

mod graphs;
#[path = "../telemetry/recorder.rs"]
mod recorder;
mod shown;
mod stored;
