//! The graph: a report is written chapter by chapter, read by an editor, and published or written again.

use graph_runtime::{Ctx, GraphState, Update, graph};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A report, as far as it is written.
#[derive(GraphState, Debug)]
pub(crate) struct Report {
    pub(crate) topic: String,
    /// What the editor asked for, if the report is written again.
    pub(crate) remark: Option<String>,
    /// The titles.
    pub(crate) outline: Vec<String>,
    #[reduce(append)]
    pub(crate) chapters: Vec<String>,
    pub(crate) published: bool,
}

/// What an editor replies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Review {
    Publish,
    Again(String),
}

/// A sentence of a chapter, told as it is written.
pub(crate) struct Sentence(pub(crate) String);

/// The graph's context: how long a node takes.
pub(crate) struct Pace(pub(crate) Duration);

graph! {
    /// Writes a report chapter by chapter, and asks an editor before it publishes.
    pub(crate) graph Reports<Report, Pace>;

    node outline, write, publish;
    pause review(Review) asks preview;

    start -> outline -> write -> match written {
        false => write,
        true => review,
    };

    review -> match objection {
        Some(_) => outline,
        None => publish -> end,
    };
}

async fn outline(report: &Report, cx: &Ctx<Pace>) -> impl Update<Report> + use<> {
    tokio::time::sleep(cx.context().0).await;
    let mut titles = ["Yesterday", "Today", "Tomorrow"].map(|when| format!("{}: {when}", report.topic)).to_vec();
    titles.extend(report.remark.clone());
    Report::update().outline(titles).overwrite_chapters(Vec::new())
}

async fn write(report: &Report, cx: &Ctx<Pace>) -> impl Update<Report> + use<> {
    let title = report.outline.get(report.chapters.len()).map_or("", String::as_str);
    let sentence = format!("{title} is a wide field.");
    cx.emit(Sentence(sentence.clone()));
    tokio::time::sleep(cx.context().0).await;
    Report::update().chapters([sentence])
}

fn written(report: &Report) -> bool {
    report.chapters.len() >= report.outline.len()
}

/// What an editor reads.
fn preview(report: &Report) -> String {
    report.chapters.join("\n")
}

fn review(_: &Report, review: &Review) -> impl Update<Report> + use<> {
    Report::update().remark(match review {
        Review::Publish => None,
        Review::Again(remark) => Some(remark.clone()),
    })
}

fn objection(report: &Report) -> Option<&str> {
    report.remark.as_deref()
}

async fn publish(_: &Report, cx: &Ctx<Pace>) -> impl Update<Report> + use<> {
    tokio::time::sleep(cx.context().0).await;
    Report::update().published(true)
}
