//! Finds files with equal content, and does not lose its work.
//!
//! ```text
//! cargo run --release -p graph-examples --bin duplicates -- [--db DIR] [--thread ID] PATH
//! ```
//!
//! Only files that share their size with another are read, the largest first, one in each step of a durable thread. Kill
//! it whenever you like and give the same command again: a file whose hash was stored is not read again, only the one
//! that was being read at that moment. When the search is finished, the same command starts a new one on the same thread.

mod listing;
mod report;
mod search;

use anyhow::{Context, ensure};
use clap::Parser;
use graph_runtime::{Graph, SledSaver, Snapshot, Status};
use indicatif::{ProgressBar, ProgressStyle};
use listing::Listing;
use search::{Disk, Duplicates, Search};
use std::path::{Path, PathBuf};

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

    let store = SledSaver::open(&args.db)?;
    // The store may lie in the directory; its files change with every step and are nobody's duplicates.
    let listing = Listing::of(&root, &args.db.canonicalize()?);
    let bar = progress(&listing)?;
    let disk = Disk { root: root.clone(), listing, bar: bar.clone(), verbose: args.verbose };
    let graph: Graph<Duplicates> = Duplicates::builder()
        .context(disk)
        // `Durability::Sync` is the default, and right here: a step is over when its hash is on the disk, so not even a
        // power cut makes us read a large file again. `Async` would save the sync for each file, and a crash would cost
        // the files of the last moments.
        .checkpointer(store)
        // One step for each file, and nobody knows how many there are.
        .step_limit(u64::MAX)
        .build();

    let thread = graph.thread(args.thread);
    if let Some(stored) = thread.snapshot().await? {
        go_on(&stored, &root, &bar, thread.id())?;
    }
    let found = thread.resume_or_invoke(Search::of(&root)).await?.finished()?;
    bar.finish_and_clear();
    report::print(&found, args.top);
    Ok(())
}

/// Puts the bar where the unfinished search stands, if it is a search of this directory.
fn go_on(stored: &Snapshot<Duplicates>, root: &Path, bar: &ProgressBar, thread: &str) -> anyhow::Result<()> {
    if matches!(stored.status, Status::Finished | Status::Cancelled) {
        return Ok(());
    }
    let other = Path::new(&stored.state.root);
    ensure!(
        root == other,
        "thread `{thread}` has not finished its search of `{}`; finish it, or give another `--thread`",
        other.display()
    );
    eprintln!("Going on after {} files", stored.state.files);
    bar.set_position(stored.state.files);
    Ok(())
}

/// The progress bar on standard error; it hides itself where that is no terminal.
fn progress(listing: &Listing) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left")?;
    Ok(ProgressBar::new(listing.candidates()).with_style(style))
}
