//! Asks a person before it buys, and needs no process while it waits.
//!
//! ```text
//! cargo run -p graph-examples --bin approval -- request THREAD ITEM --cents N
//! cargo run -p graph-examples --bin approval -- waiting
//! cargo run -p graph-examples --bin approval -- reply THREAD ID grant|refuse --by NAME [--because WHY]
//! cargo run -p graph-examples --bin approval -- history THREAD
//! cargo run -p graph-examples --bin approval -- fork THREAD --at CHECKPOINT --cents N
//! ```
//!
//! A request is written, checked and then waits; the command ends. Whoever may decide lists what waits and replies, in another
//! process and as late as next week. The history shows what each step changed, and who said what. A fork begins the purchase
//! again at one of its checkpoints with another amount, and asks again; what was decided before stays in the history.

mod purchase;
mod table;

use anyhow::{anyhow, ensure};
use clap::{Parser, Subcommand};
use futures_lite::StreamExt;
use graph_runtime::{CheckpointId, Effects, Error, Graph, GraphState, Outcome, SledSaver, Status};
use purchase::{Answer, Buying, BuyingReply, Purchase, money};
use std::path::PathBuf;

/// Asks a person before it buys.
#[derive(Parser)]
struct Args {
    /// The directory of the store, created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "approval.db", global = true)]
    db: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Begins a purchase.
    Request {
        /// A name for the purchase.
        thread: String,
        /// What to buy.
        item: String,
        /// For how much.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        cents: u64,
    },
    /// Lists what waits for somebody, of all purchases.
    Waiting,
    /// Decides.
    Reply {
        thread: String,
        /// What is replied to, as `waiting` lists it.
        id: String,
        /// The decision.
        answer: Answer,
        /// Who decides.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why.
        #[arg(long, value_name = "WHY")]
        because: Option<String>,
    },
    /// Shows what each step of a purchase has changed.
    History { thread: String },
    /// Begins a purchase again at one of its checkpoints, with another amount.
    Fork {
        thread: String,
        /// The checkpoint, as `history` lists it.
        #[arg(long, value_name = "CHECKPOINT")]
        at: u64,
        /// The amount.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        cents: u64,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Args { db, command } = Args::parse();
    let graph = Buying::builder().checkpointer(SledSaver::open(db)?).build();
    catch_up(&graph).await?;
    match command {
        Command::Request { thread, item, cents } => {
            let purchase = Purchase { item, cents, ..Purchase::initial() };
            tell(&thread, &graph.thread(thread.as_str()).invoke(purchase).await.map_err(in_words)?);
        }
        Command::Waiting => {
            let mut waiting = Vec::new();
            let mut paused = graph.threads().status(Status::Paused);
            while let Some(thread) = paused.next().await {
                let thread = thread?.id;
                let asked = graph.thread(thread.as_str()).snapshot().await?.map(|at| at.waiting);
                waiting.extend(asked.unwrap_or_default().into_iter().map(|asked| (thread.to_string(), asked)));
            }
            println!("{}", table::waiting(&waiting)?);
        }
        Command::Reply { thread, id, answer, by, because } => {
            let reply = graph.thread(thread.as_str()).reply_to(id, BuyingReply::Approve(answer)).by(by);
            let reply = match because {
                Some(why) => reply.because(why),
                None => reply,
            };
            tell(&thread, &reply.await.map_err(in_words)?);
        }
        Command::History { thread } => {
            // Newest first; it reads page by page, and a person reads from the beginning.
            let mut history: Vec<_> = graph.thread(thread.as_str()).history().try_collect().await?;
            ensure!(!history.is_empty(), "there is no purchase `{thread}`; `request` begins one");
            history.reverse();
            println!("{}", table::history(&history)?);
        }
        Command::Fork { thread, at, cents } => {
            let fork = graph.thread(thread.as_str()).at(CheckpointId(at)).fork(Purchase::update().cents(cents));
            // Another amount is another order, should one have been placed from there.
            tell(&thread, &fork.effects(Effects::Again).await.map_err(in_words)?);
        }
    }
    Ok(())
}

/// Goes on with what a crash left in the middle, and with what nobody decided in time. A service does this at its start and
/// from a timer, a command whenever it is called.
async fn catch_up(graph: &Graph<Buying>) -> anyhow::Result<()> {
    let mut recovered = graph.recover();
    while let Some(next) = recovered.next().await {
        match next? {
            (thread, Ok(outcome)) => tell(thread.as_str(), &outcome),
            (thread, Err(error)) => eprintln!("Purchase `{thread}` went on and failed: {error}"),
        }
    }
    Ok(())
}

fn tell(thread: &str, outcome: &Outcome<Purchase>) {
    match outcome {
        Outcome::Finished(purchase) => match &purchase.order {
            Some(order) => println!("`{thread}`: {} for {} is ordered, {order}", purchase.item, money(purchase.cents)),
            None => println!("`{thread}`: {} for {} is refused", purchase.item, money(purchase.cents)),
        },
        Outcome::Paused(pause) => {
            for waiting in pause.waiting() {
                println!("`{thread}` waits for a reply to {}", waiting.id());
            }
        }
        Outcome::Stopped(stop) => println!("{stop}"),
    }
}

/// The errors that a user of this program can do something about, in its words.
fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::UnknownThread { thread } => anyhow!("there is no purchase `{thread}`; `request` begins one"),
        Error::Unfinished { thread, status } => {
            anyhow!("purchase `{thread}` is not finished ({status:?}); `history` says where it stands")
        }
        Error::UnknownWaiting { thread, id } => {
            anyhow!("purchase `{thread}` does not wait for a reply to `{id}`; `waiting` lists what does")
        }
        Error::AlreadyReplied { thread, id } => anyhow!("`{id}` of purchase `{thread}` is decided; `fork` asks again"),
        other => other.into(),
    }
}
