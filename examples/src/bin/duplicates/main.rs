//! Finds files with equal content, and does not lose its work.
//!
//! ```text
//! cargo run --release -p graph-examples --bin duplicates -- [--db DIR] [--thread ID] PATH
//! ```
//!
//! It has two levels, each a `for` over batches of files that runs four batches at once: the first asks all files for their
//! sizes, the second reads those that share their size with another. Kill it whenever you like and give the same command
//! again: a batch that was stored is not read again, only those that were being read, and those of the last moment before
//! the kill. When the search is finished, the same command starts a new one on the same thread.

mod batch;
mod listing;
mod progress;
mod report;
mod search;

use anyhow::{Context, ensure};
use clap::Parser;
use graph_runtime::{Graph, NodeName, SledSaver, Snapshot, Status};
use progress::Progress;
use search::{Disk, Duplicates, Search};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Finds files with equal content; killed at any time, the same command goes on where it stopped.
#[derive(Parser)]
struct Args {
    /// The directory to search; symbolic links in it are not followed.
    path: PathBuf,
    /// The directory of the store, created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "duplicates.db")]
    db: PathBuf,
    /// The thread to run.
    #[arg(long, value_name = "ID", default_value = "duplicates")]
    thread: String,
    /// How many sets of duplicates to show, those that waste most first; 0 shows all.
    #[arg(long, value_name = "SETS", default_value_t = 20)]
    top: usize,
    /// Tells of every file that is read.
    #[arg(long)]
    verbose: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let unusable = || format!("cannot search `{}`", args.path.display());
    let root = args.path.canonicalize().with_context(unusable)?;
    ensure!(root.is_dir(), "`{}` is not a directory; give one to search in", args.path.display());

    // A state with the names and sizes of a million files is larger than most should be.
    let store = SledSaver::options().record_limit(1 << 30).open(&args.db)?;
    let progress = Arc::new(Progress::new()?);
    let disk = Disk {
        root: root.clone(),
        store: args.db.canonicalize()?,
        progress: Arc::clone(&progress),
        verbose: args.verbose,
    };
    // `Durability::Sync`, the default, makes every checkpoint durable, and there are six. What the batches of a step find is
    // written at once and durable within a moment, so that no batch waits for the disk.
    let graph: Graph<Duplicates> = Duplicates::builder().context(disk).checkpointer(store).build();

    let thread = graph.thread(args.thread);
    if let Some(stored) = thread.snapshot().await? {
        go_on(&stored, &root, thread.id())?;
    }
    let found = thread.resume_or_invoke(Search::of(&root)).await?.finished()?;
    progress.clear();
    report::print(&found, args.top);
    Ok(())
}

/// Says that an unfinished search goes on, if it is a search of this directory.
fn go_on(stored: &Snapshot<Duplicates>, root: &Path, thread: &str) -> anyhow::Result<()> {
    if matches!(stored.status, Status::Finished | Status::Cancelled) {
        return Ok(());
    }
    let other = Path::new(&stored.state.root);
    ensure!(
        root == other,
        "thread `{thread}` has not finished its search of `{}`; finish it, or give another `--thread`",
        other.display()
    );
    let next = stored.next.first().map_or("end", |node| node.name());
    eprintln!("Going on with `{next}`");
    Ok(())
}
