//! Telemetry: spans and metrics tell what a run does, close when it ends, and show nothing of what it holds.

mod graphs;
mod metrics;
mod recorder;
mod spans;
mod texts;
