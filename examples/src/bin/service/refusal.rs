//! What the service refuses, and how it says so.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use graph_runtime::Error;
use serde_json::json;

/// A status, and one line for whoever reads it.
pub(crate) struct Refusal {
    status: StatusCode,
    error: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Refusal {
        Refusal { status, error: error.into() }
    }
}

/// The errors of threads are typed, so what the client can do about one is a status.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::UnknownThread { .. } | Error::UnknownWaiting { .. } => StatusCode::NOT_FOUND,
            Error::AlreadyReplied { .. }
            | Error::NotWaiting { .. }
            | Error::SeveralWaiting { .. }
            | Error::Unfinished { .. }
            | Error::Busy { .. }
            | Error::Conflict { .. } => StatusCode::CONFLICT,
            Error::InvalidThreadId(_) | Error::WrongReply { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Refusal::new(status, error.to_string())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Refusal::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Refusal::new(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.error }))).into_response()
    }
}
