//! The progress bars, one for each level.

use crate::listing::File;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};

/// The bars, on standard error; hidden where nobody watches, which is where the output goes to a file or a pipe.
#[derive(Clone)]
pub(crate) struct Progress {
    bars: MultiProgress,
    sizes: ProgressBar,
    contents: ProgressBar,
}

impl Progress {
    pub(crate) fn new() -> anyhow::Result<Progress> {
        let bars = MultiProgress::new();
        if !io::stdout().is_terminal() {
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        let bar = |template| anyhow::Ok(ProgressBar::no_length().with_style(ProgressStyle::with_template(template)?));
        let sizes = bars.add(bar("Sizes    {bar:40} {pos}/{len} files")?);
        let contents = bars.add(bar("Contents {bar:40} {bytes}/{total_bytes}, {eta} left")?);
        Ok(Progress { bars, sizes, contents })
    }

    /// The sizes of `count` files out of `all` are known, behind the first `before`.
    pub(crate) fn measured(&self, before: usize, count: usize, all: usize) {
        begin(&self.sizes, before as u64, all as u64);
        self.sizes.inc(count as u64);
    }

    /// All sizes are known.
    pub(crate) fn grouped(&self) {
        self.sizes.finish();
    }

    /// The files behind `before` are about to be read.
    pub(crate) fn reading(&self, before: &[File], all: &[File]) {
        let bytes = |files: &[File]| files.iter().map(|file| file.size).sum();
        if self.contents.length().is_none() {
            begin(&self.contents, bytes(before), bytes(all));
        }
    }

    /// A file of this size was read.
    pub(crate) fn read(&self, size: u64) {
        self.contents.inc(size);
    }

    /// Writes a line above the bars.
    pub(crate) fn say(&self, line: &str) {
        self.bars.suspend(|| eprintln!("{line}"));
    }

    /// Takes the bars away.
    pub(crate) fn clear(&self) {
        self.sizes.finish_and_clear();
        self.contents.finish_and_clear();
    }
}

/// Sets the length of a bar, once. The batches begin in their order: what stands before the first that this process sees was
/// done by one before it.
fn begin(bar: &ProgressBar, done: u64, all: u64) {
    if bar.length().is_none() {
        bar.set_length(all);
        bar.set_position(done);
        bar.reset_eta();
    }
}
