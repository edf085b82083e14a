//! The progress bars, one for each level.

use crate::batch::Batch;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

/// The bars, on standard error; hidden where nobody watches, which is where the output goes to a file or a pipe.
pub(crate) struct Progress {
    bars: MultiProgress,
    /// In files.
    pub(crate) sizes: Level,
    /// In bytes.
    pub(crate) contents: Level,
}

/// One bar.
pub(crate) struct Level {
    bar: ProgressBar,
    begun: Mutex<Begun>,
}

/// Where a process began.
#[derive(Default)]
struct Begun {
    first: Option<Batch>,
    /// What was done by processes before this one.
    before: u64,
    /// What this process has done.
    done: u64,
}

impl Progress {
    pub(crate) fn new() -> anyhow::Result<Progress> {
        let bars = MultiProgress::new();
        if !io::stdout().is_terminal() {
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        let level = |template| {
            let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(template)?);
            anyhow::Ok(Level { bar: bars.add(bar), begun: Mutex::default() })
        };
        let sizes = level("Sizes    {bar:40} {pos}/{len} files")?;
        let contents = level("Contents {bar:40} {bytes}/{total_bytes}, {eta} left")?;
        Ok(Progress { bars, sizes, contents })
    }

    /// Writes a line above the bars.
    pub(crate) fn say(&self, line: &str) {
        self.bars.suspend(|| eprintln!("{line}"));
    }

    /// Takes the bars away.
    pub(crate) fn clear(&self) {
        self.sizes.bar.finish_and_clear();
        self.contents.bar.finish_and_clear();
    }
}

impl Level {
    /// A batch begins. They do so in their order but for those that are in hand together, so what stands before the first
    /// batch that this process sees was done by a process before it; `stand` says how much that is, and how much there is in all.
    pub(crate) fn begin(&self, batch: &Batch, stand: impl FnOnce() -> (u64, u64)) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.first.is_none_or(|first| *batch < first) {
            let (before, all) = stand();
            *begun = Begun { first: Some(*batch), before, done: begun.done };
            self.bar.set_length(all);
            self.bar.set_position(before + begun.done);
            self.bar.reset_eta();
        }
    }

    /// So much is done.
    pub(crate) fn add(&self, done: u64) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.done += done;
        self.bar.set_position(begun.before + begun.done);
    }

    /// All is done; the bar stays.
    pub(crate) fn end(&self) {
        self.bar.finish();
    }
}
