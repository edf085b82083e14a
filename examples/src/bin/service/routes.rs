//! What the service answers.

use crate::refusal::Refusal;
use crate::report::{Report, ReportsReply, Review};
use crate::service::Service;
use crate::view::{Row, View};
use axum::Router;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Json};
use axum::routing::{get, post};
use futures_lite::{Stream, StreamExt, stream};
use graph_runtime::{Error, Status};
use serde::Deserialize;
use std::convert::Infallible;
use uuid::Uuid;

pub(crate) fn router(service: Service) -> Router {
    Router::new()
        .route("/jobs", post(start).get(list))
        .route("/jobs/{id}", get(show))
        .route("/jobs/{id}/reply", post(reply))
        .route("/jobs/{id}/events", get(events))
        .with_state(service)
}

#[derive(Deserialize)]
struct Order {
    topic: String,
}

/// Starts a report, and answers once it is stored. The key of the request is the id of the thread, so the same request
/// delivered again finds what it has started, and goes on with it should a crash have left it in the middle.
async fn start(
    State(service): State<Service>,
    headers: HeaderMap,
    order: Result<Json<Order>, JsonRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Json(Order { topic }) = order?;
    let id = key(&headers)?;
    let thread = service.reports.thread(id.as_str());
    let run = thread.invoke(Report::update().topic(topic.as_str())).request_id(id.as_str());
    let stored = match service.drive(&id, run.stream()).await {
        Ok(()) => true,
        // The same request was here before, and its run goes on.
        Err(Error::Busy { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    // A snapshot may be a moment ahead of the disk. A run that has taken a step is not: it waited for its input to be stored.
    let snapshot = thread.snapshot().await?.filter(|snapshot| stored || snapshot.step > 0);
    let Some(snapshot) = snapshot else {
        return Err(Refusal::new(StatusCode::CONFLICT, "the same request is being taken; send it again later"));
    };
    if snapshot.state.topic != topic {
        let error = format!("the key `{id}` was used for another topic; use a new one");
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error));
    }
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, format!("/jobs/{id}"))], Json(View::of(&snapshot)?)))
}

/// The key of the request: the client's, or a new one. Those are ordered by time, and so are the threads in the listing.
fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(Uuid::now_v7().to_string());
    };
    let plain = |key: &&str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    match key.to_str().ok().filter(plain) {
        Some(key) if (1..=64).contains(&key.len()) => Ok(key.to_owned()),
        _ => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "an Idempotency-Key has 1 to 64 letters, digits, `-`, `_` or `.`",
        )),
    }
}

#[derive(Deserialize)]
struct Which {
    status: Option<Status>,
}

async fn list(
    State(service): State<Service>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<Row>>, Refusal> {
    let threads = service.reports.threads();
    let mut threads = match which?.status {
        Some(status) => threads.status(status),
        None => threads,
    };
    let mut rows = Vec::new();
    while let Some(thread) = threads.next().await {
        rows.push(Row::of(&thread?));
    }
    Ok(Json(rows))
}

async fn show(State(service): State<Service>, Path(id): Path<String>) -> Result<Json<View>, Refusal> {
    Ok(Json(view(&service, &id).await?))
}

async fn view(service: &Service, id: &str) -> Result<View, Refusal> {
    match service.reports.thread(id).snapshot().await? {
        Some(snapshot) => Ok(View::of(&snapshot)?),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no job `{id}`"))),
    }
}

#[derive(Deserialize)]
struct Decision {
    /// What is replied to; may be left out, since a report waits in one place at a time.
    waiting: Option<String>,
    review: Review,
    by: String,
}

/// Replies to what a report waits for, and answers once the reply is stored.
async fn reply(
    State(service): State<Service>,
    Path(id): Path<String>,
    decision: Result<Json<Decision>, JsonRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Json(Decision { waiting, review, by }) = decision?;
    let (thread, reply) = (service.reports.thread(id.as_str()), ReportsReply::Review(review));
    let run = match waiting {
        Some(waiting) => thread.reply_to(waiting, reply),
        None => thread.reply(reply),
    };
    service.drive(&id, run.by(by).stream()).await?;
    Ok((StatusCode::ACCEPTED, Json(view(&service, &id).await?)))
}

/// How the report stands, and from then on what happens to it.
async fn events(
    State(service): State<Service>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Refusal> {
    // First the ear, then the eye: nothing falls between the two, though it may be told twice.
    let news = service.listen(&id);
    let view = view(&service, &id).await?;
    let more = if view.is_over() { 0 } else { usize::MAX };
    let unwritable = |error: axum::Error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    let snapshot = sse::Event::default().event("snapshot").json_data(&view).map_err(unwritable)?;
    let events = stream::once(snapshot).chain(news.take(more).map(sse::Event::from));
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::default()))
}
