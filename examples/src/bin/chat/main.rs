//! An agent that keeps its conversations, and asks before it does what cannot be undone.
//!
//! ```text
//! cargo run -p graph-examples --bin chat -- [--thread NAME] [--dir DIR] [MESSAGE]
//! cargo run -p graph-examples --bin chat -- [--thread NAME] [--dir DIR] --allow ID | --refuse ID [--because WHY]
//! cargo run -p graph-examples --bin chat -- [--thread NAME] --history
//! ```
//!
//! The model is at any endpoint that speaks as `OpenAI`'s does, by `--base-url` or `OPENAI_BASE_URL`, with the key in
//! `OPENAI_API_KEY` if it wants one. It may list and read the files of a directory as it likes. Before it writes a file or
//! runs a command the program ends, and a later call answers. Kill it whenever you like: the next call goes on, asks for no
//! answer that has come, and runs no command twice.

mod conversation;
mod message;
mod model;
mod tools;

use anyhow::{Context, bail};
use clap::Parser;
use conversation::{Begun, Chat, ChatReply, Conversation, Desk, Verdict};
use futures_lite::StreamExt;
use graph_runtime::{Event, Events, GraphState, Outcome, SledSaver, Snapshot, Status, Waiting};
use message::{Call, Message};
use model::Model;
use std::path::PathBuf;

/// Talks to a model that has tools; the conversation lasts.
#[derive(Parser)]
struct Args {
    /// What to say; without it, what is unfinished goes on.
    #[arg(conflicts_with_all = ["allow", "refuse", "history"])]
    message: Option<String>,
    /// The conversation.
    #[arg(long, value_name = "NAME", default_value = "chat")]
    thread: String,
    /// The directory of the store, created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "chat.db")]
    db: PathBuf,
    /// The directory that the tools work in.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Who is talked to.
    #[arg(long, default_value = "gpt-4.1-mini")]
    model: String,
    /// Where the model is, if not at `OPENAI_BASE_URL`: `http://localhost:11434/v1`.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Lets a tool do what it waits for.
    #[arg(long, value_name = "ID")]
    allow: Vec<String>,
    /// Does not let it.
    #[arg(long, value_name = "ID")]
    refuse: Vec<String>,
    /// Tells the model why not.
    #[arg(long, value_name = "WHY", requires = "refuse")]
    because: Option<String>,
    /// Prints the conversation.
    #[arg(long, conflicts_with_all = ["allow", "refuse"])]
    history: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let model = Model::new(args.model, args.base_url)?;
    let dir = args.dir.canonicalize().with_context(|| format!("cannot work in `{}`", args.dir.display()))?;
    let store = SledSaver::open(&args.db)?;
    let thread = Chat::builder().context(Desk { model, dir }).checkpointer(store).build().thread(args.thread);
    let stored = thread.snapshot().await?;

    if args.history {
        for message in stored.iter().flat_map(|stored| &stored.state.messages) {
            println!("{message}");
            message.calls().iter().for_each(|call| println!("→ {call}"));
        }
        return list(stored.iter().flat_map(|stored| &stored.waiting));
    }
    // Every answer is stored before anything goes on.
    let refused = Verdict::Refused { because: args.because };
    let answers = args.allow.into_iter().map(|id| (id, Verdict::Allowed));
    for (id, verdict) in answers.chain(args.refuse.into_iter().map(|id| (id, refused.clone()))) {
        thread.reply_to(id, ChatReply::Act(verdict)).deliver().await?;
    }
    let Some(message) = args.message else {
        return show(thread.resume().stream()).await;
    };
    if let Some(stored) = stored.as_ref().filter(|stored| !stored.waiting.is_empty()) {
        list(&stored.waiting)?;
        bail!("thread `{}` waits for an answer; give it, then say that again", thread.id());
    }
    // A request that has begun is not served twice, and one that is new waits for what a crash has left. So a command that
    // was killed can be given again, or another one.
    let turn = stored.map_or(1, |stored| turn(&stored, &message));
    let said = Conversation::update().messages([Message::User(message)]);
    show(thread.resume_or_invoke(said).request_id(format!("turn {turn}")).stream()).await
}

/// Which turn of the conversation the message is: the next one, or the last one again, if that is unfinished.
fn turn(stored: &Snapshot<Chat>, message: &str) -> usize {
    let said = stored.state.messages.iter().filter_map(|said| match said {
        Message::User(text) => Some(text),
        _ => None,
    });
    let again = stored.status != Status::Finished && said.clone().next_back().is_some_and(|last| last == message);
    said.count() + usize::from(!again)
}

/// Drives the conversation and tells of it, until it ends or waits.
async fn show(mut events: Events<Chat>) -> anyhow::Result<()> {
    while let Some(event) = events.next().await {
        match event? {
            Event::Emitted { value, .. } => {
                if let Some(Begun(call)) = value.get() {
                    println!("→ {call}");
                }
            }
            Event::AttemptFailed { message, next: Some(_), .. } => eprintln!("Trying again: {message}"),
            Event::TaskFinished { changes, .. } => {
                let mut new = Conversation::initial();
                changes.apply(&mut new)?;
                for message in new.messages {
                    println!("{message}");
                }
            }
            Event::Ended(outcome) => match &*outcome {
                Outcome::Paused(pause) => list(pause.waiting())?,
                Outcome::Stopped(stop) => println!("{stop}"),
                Outcome::Finished(_) => {}
            },
            _ => {}
        }
    }
    Ok(())
}

/// Says what waits for an answer.
fn list<'a>(waiting: impl IntoIterator<Item = &'a Waiting>) -> anyhow::Result<()> {
    for waiting in waiting {
        println!("? {}\n  --allow '{id}' or --refuse '{id}'", waiting.question::<Call>()?, id = waiting.id());
    }
    Ok(())
}
