//! What waits and what was, for people.

use crate::purchase::{Buying, Card};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use graph_runtime::{NodeName, Snapshot, Source, Waiting};
use indicatif::HumanDuration;
use serde_json::{Map, Value};
use std::time::SystemTime;

/// What waits for a reply, each with the name of its thread.
pub(crate) fn waiting(waiting: &[(String, Waiting)]) -> anyhow::Result<String> {
    if waiting.is_empty() {
        return Ok("Nothing waits".to_owned());
    }
    let mut table = table(["Thread", "Question", "Id", "Since", "Deadline"]);
    for (thread, waiting) in waiting {
        let Card { text, concerns } = waiting.question()?;
        let question = concerns.iter().fold(text, |text, concern| text + "\n- " + concern);
        let since = HumanDuration(waiting.since().elapsed().unwrap_or_default());
        let deadline = match waiting.due().map(|due| due.duration_since(SystemTime::now())) {
            Some(Ok(left)) => format!("in {}", HumanDuration(left)),
            Some(Err(_)) => "over".to_owned(),
            None => "none".to_owned(),
        };
        table.add_row([thread, &question, waiting.id().as_str(), &since.to_string(), &deadline]);
    }
    Ok(table.to_string())
}

/// The checkpoints of a thread, the oldest first, each with what it changed in the state of the one it was made from.
pub(crate) fn history(history: &[Snapshot<Buying>]) -> anyhow::Result<String> {
    let mut table = table(["Checkpoint", "From", "What was done", "What it changed", "Next"]);
    for at in history {
        let parent = history.iter().find(|other| Some(other.id) == at.parent);
        let changes = changes(parent, at)?.join("\n");
        let from = at.parent.map(|id| id.to_string()).unwrap_or_default();
        let next = at.failures.iter().fold(names(at), |text, failure| text + "\nfailed: " + &failure.message);
        table.add_row([at.id.to_string(), from, done(parent, at), changes, next]);
    }
    Ok(table.to_string())
}

fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    table
}

fn done(parent: Option<&Snapshot<Buying>>, at: &Snapshot<Buying>) -> String {
    match at.source {
        Source::Input => "request".to_owned(),
        Source::Fork => "fork".to_owned(),
        Source::Reply => at.replies.iter().fold("reply".to_owned(), |text, reply| {
            let who = reply.by.as_deref().unwrap_or("nobody");
            match &reply.because {
                Some(why) => format!("{text} of {who}: {why}"),
                None => format!("{text} of {who}"),
            }
        }),
        _ => parent.map(names).unwrap_or_default(),
    }
}

/// What runs next.
fn names(at: &Snapshot<Buying>) -> String {
    let names: Vec<_> = at.next.iter().map(|node| node.name()).collect();
    names.join(", ")
}

/// What differs, field by field: any state that can be serialized can be compared like this.
fn changes(parent: Option<&Snapshot<Buying>>, at: &Snapshot<Buying>) -> anyhow::Result<Vec<String>> {
    let before = parent.map(fields).transpose()?.unwrap_or_default();
    let after = fields(at)?;
    let change = |(name, new): (&String, &Value)| match (before.get(name), new) {
        (Some(old), new) if old == new => None,
        (Some(Value::Array(old)), Value::Array(new)) if new.starts_with(old) => {
            Some(new[old.len()..].iter().map(|item| format!("{name} + {item}")).collect::<Vec<_>>().join("\n"))
        }
        (Some(old), new) => Some(format!("{name}: {old} → {new}")),
        (None, new) => Some(format!("{name}: {new}")),
    };
    Ok(after.iter().filter_map(change).collect())
}

fn fields(at: &Snapshot<Buying>) -> anyhow::Result<Map<String, Value>> {
    Ok(serde_json::from_value(serde_json::to_value(&at.state)?)?)
}
