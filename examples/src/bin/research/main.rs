//! Answers a question: plans, searches side by side, writes, and writes again until the review is content.
//!
//! ```text
//! cargo run -p graph-examples --bin research -- [QUESTION]
//! ```
//!
//! The searchers are fake and really sleep, so the time that is printed is the time that it took. Three of the four sources are
//! asked at once, the fourth when one of them has answered, and all the while the desk goes through its own notes. Writing
//! waits for all of them. At the end a timeline shows what ran beside what. The run lives in memory; with a
//! checkpointer it would be durable, and a search that has answered would not be asked again.

mod timeline;

use clap::Parser;
use graph_runtime::{Ctx, GraphState, Update, graph};
use serde::{Deserialize, Serialize};
use timeline::Timeline;

/// Answers a question with fake sources.
#[derive(Parser)]
struct Args {
    /// What to find out.
    #[arg(default_value = "Why is the sky blue?")]
    question: String,
}

/// What the desk knows.
#[derive(GraphState, Debug)]
struct Research {
    question: String,
    /// What to ask, and whom.
    queries: Vec<Query>,
    /// What was found, in the order of the text and of the queries, whoever answered first.
    #[reduce(append)]
    findings: Vec<String>,
    draft: String,
    /// What the review asks for, if it is not content.
    objection: Option<String>,
}

/// An item of the `for`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Query {
    source: String,
    text: String,
    /// How long the source takes.
    milliseconds: u64,
}

graph! {
    /// Plans, searches side by side, writes, and reviews until the draft is approved.
    graph Desk<Research, Timeline>;

    node plan, search, remember, write, review;

    start -> plan
        -> (#[concurrency(3)] for queries(Query) { search }, remember)
        -> write -> review -> match verdict {
            Verdict::Approved => end,
            Verdict::Again => write,
        };
}

async fn plan(research: &Research, cx: &Ctx<Timeline>) -> impl Update<Research> {
    cx.context().takes("plan", 80).await;
    let query = |(source, milliseconds): (&str, u64)| Query {
        source: source.to_owned(),
        text: research.question.trim_end_matches('?').to_lowercase(),
        milliseconds,
    };
    let sources = [("encyclopedia", 300), ("journals", 600), ("newspapers", 450), ("forum", 250)];
    Research::update().queries(sources.map(query).to_vec())
}

fn queries(research: &Research) -> Vec<Query> {
    research.queries.clone()
}

async fn search(_: &Research, query: &Query, cx: &Ctx<Timeline>) -> impl Update<Research> {
    let Query { source, text, milliseconds } = query;
    cx.context().takes(&format!("search {source}"), *milliseconds).await;
    Research::update().findings([format!("the {source} on “{text}”")])
}

async fn remember(_: &Research, cx: &Ctx<Timeline>) -> impl Update<Research> {
    cx.context().takes("remember", 200).await;
    Research::update().findings(["our own notes".to_owned()])
}

async fn write(research: &Research, cx: &Ctx<Timeline>) -> impl Update<Research> {
    cx.context().takes("write", 150).await;
    let answer = format!("{} {} sources agree.", research.question, research.findings.len());
    Research::update().draft(match &research.objection {
        None => answer,
        Some(_) => format!("{answer}\n  - {}", research.findings.join("\n  - ")),
    })
}

async fn review(research: &Research, cx: &Ctx<Timeline>) -> impl Update<Research> {
    cx.context().takes("review", 100).await;
    let missing = research.findings.iter().find(|finding| !research.draft.contains(*finding));
    Research::update().objection(missing.map(|finding| format!("the draft does not name {finding}")))
}

enum Verdict {
    Approved,
    Again,
}

fn verdict(research: &Research) -> Verdict {
    match research.objection {
        None => Verdict::Approved,
        Some(_) => Verdict::Again,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let timeline = Timeline::new();
    let desk = Desk::new(timeline.clone());
    let research = desk.run(Research::update().question(args.question)).await?;
    println!("\n{timeline}\n{}", research.draft);
    Ok(())
}
