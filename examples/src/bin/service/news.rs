//! What is told of a run while it goes on.

use crate::report::{Report, Reports, Sentence};
use axum::response::sse;
use graph_runtime::{Error, Event, Outcome, StopReason};
use serde_json::{Value, json};

/// One piece of news of one report.
#[derive(Clone)]
pub(crate) struct News {
    pub(crate) id: String,
    /// None will follow.
    pub(crate) last: bool,
    kind: &'static str,
    data: Value,
}

impl News {
    fn new(id: &str, kind: &'static str, data: Value) -> News {
        News { id: id.to_owned(), last: false, kind, data }
    }

    /// Of what happens in a run, what clients care for.
    pub(crate) fn of(id: &str, event: &Result<Event<Reports>, Error>) -> Option<News> {
        match event {
            Ok(Event::StepStarted { step, tasks, .. }) => {
                Some(News::new(id, "step", json!({ "step": step, "tasks": tasks })))
            }
            Ok(Event::Emitted { value, .. }) => {
                value.get().map(|Sentence(text)| News::new(id, "sentence", json!({ "text": text })))
            }
            Ok(Event::Checkpoint { step, status, .. }) => {
                Some(News::new(id, "checkpoint", json!({ "step": step, "status": status })))
            }
            Ok(Event::Ended(outcome)) => News::ended(id, outcome),
            Ok(_) => None,
            Err(error) => Some(News::failed(id, error)),
        }
    }

    /// How a run ended.
    fn ended(id: &str, outcome: &Outcome<Report>) -> Option<News> {
        match outcome {
            Outcome::Finished(_) => Some(News { last: true, ..News::new(id, "finished", json!({})) }),
            Outcome::Paused(pause) => {
                let ids: Vec<_> = pause.waiting().iter().map(|waiting| waiting.id().as_str()).collect();
                Some(News::new(id, "paused", json!({ "waiting": ids })))
            }
            // The run that took the reply tells the rest.
            Outcome::Stopped(stop) if stop.reason == StopReason::Elsewhere => None,
            Outcome::Stopped(stop) => Some(News::new(id, "stopped", json!({ "why": stop.to_string() }))),
        }
    }

    /// Why a run failed.
    fn failed(id: &str, error: &Error) -> News {
        News::new(id, "failed", json!({ "error": error.to_string() }))
    }
}

impl From<News> for sse::Event {
    fn from(News { kind, data, .. }: News) -> Self {
        sse::Event::default().event(kind).data(data.to_string())
    }
}
