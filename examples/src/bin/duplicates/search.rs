//! The search as a graph: sizes first, then the contents of what shares its size.

use crate::batch::Batch;
use crate::listing::{self, File, Hash, Skipped};
use crate::progress::Progress;
use graph_runtime::{Ctx, GraphState, Update, graph};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a search must not forget.
///
/// Every checkpoint holds all of it, so there are few of them: one for the input, and one after each of five steps. Within a
/// step the store gets what each batch has found, and no more, when the batch is done.
#[derive(GraphState, Debug)]
pub(crate) struct Search {
    /// The directory, absolute.
    pub(crate) root: OsString,
    /// The names of all files, until their sizes are known.
    names: Vec<OsString>,
    /// At first all files, then those that share their size with another, the largest first, until they are compared.
    #[reduce(append)]
    files: Vec<File>,
    /// The hash of each of the files; none for one that was skipped.
    #[reduce(append)]
    hashes: Vec<Option<Hash>>,
    /// Files with equal content.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What was left out.
    #[reduce(append)]
    pub(crate) skipped: Vec<Skipped>,
    /// How many files were read or skipped.
    pub(crate) read: usize,
    /// How many bytes were read.
    #[reduce(add)]
    pub(crate) bytes: u64,
}

impl Search {
    /// A search that has not begun; as an update it leaves nothing of the one before.
    pub(crate) fn of(root: &Path) -> Search {
        Search { root: root.into(), ..Search::initial() }
    }
}

/// Two or more files with equal content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Duplicate {
    pub(crate) files: Vec<File>,
}

/// The world outside the thread: what a process finds when it starts, never stored.
pub(crate) struct Disk {
    pub(crate) root: PathBuf,
    /// The directory of the store, which may lie in the other one: its files are nobody's duplicates.
    pub(crate) store: PathBuf,
    pub(crate) progress: Arc<Progress>,
    pub(crate) verbose: bool,
}

graph! {
    /// Lists the names, asks for sizes, reads the contents of what shares its size, and compares.
    pub(crate) graph Duplicates<Search, Disk>;

    // The system's calls block, so they run on the pool, and the thread that stores what they find is never held up.
    #[blocking]
    node list, measure, hash;
    node group, compare;

    start -> list
        -> #[concurrency(4)] for names(Batch) { measure }
        -> group
        -> #[concurrency(4)] for files(Batch) { hash }
        -> compare -> end;
}

/// Lists the names. A search that is killed here begins again, which costs no file's content.
fn list(_: &Search, cx: &Ctx<Disk>) -> impl Update<Search> + use<> {
    let (names, skipped) = listing::names(&cx.context().root, &cx.context().store);
    Search::update().names(names).skipped(skipped)
}

fn names(search: &Search) -> Vec<Batch> {
    Batch::of_names(&search.names)
}

/// Asks for the sizes of a batch of files.
fn measure(search: &Search, batch: &Batch, cx: &Ctx<Disk>) -> impl Update<Search> + use<> {
    let Disk { root, progress, .. } = cx.context();
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    progress.sizes.begin(batch, || (batch.before(&search.names).len() as u64, search.names.len() as u64));
    for name in batch.of(&search.names) {
        match File::look(root, name) {
            Ok(file) => files.extend(file),
            Err(error) => skipped.push(Skipped { path: name.clone(), reason: error.to_string() }),
        }
        progress.sizes.add(1);
    }
    Search::update().files(files).skipped(skipped)
}

/// Keeps the files that share their size with another.
fn group(search: &Search, cx: &Ctx<Disk>) -> impl Update<Search> + use<> {
    cx.context().progress.sizes.end();
    Search::update().overwrite_files(listing::candidates(&search.files)).names(Vec::new())
}

fn files(search: &Search) -> Vec<Batch> {
    Batch::of_files(&search.files)
}

/// Reads a batch of files.
fn hash(search: &Search, batch: &Batch, cx: &Ctx<Disk>) -> impl Update<Search> + use<> {
    let Disk { root, progress, verbose, .. } = cx.context();
    progress.contents.begin(batch, || (total(batch.before(&search.files)), total(&search.files)));
    let (mut hashes, mut skipped, mut bytes) = (Vec::new(), Vec::new(), 0);
    for file in batch.of(&search.files) {
        if *verbose {
            progress.say(&format!("Reading {}", file.path.display()));
        }
        let hash = file.hash(root);
        match &hash {
            Ok(_) => bytes += file.size,
            Err(error) => skipped.push(Skipped { path: file.path.clone(), reason: error.to_string() }),
        }
        hashes.push(hash.ok());
        progress.contents.add(file.size);
    }
    // The batches are folded in the order of the items, whichever was done first: so each hash stands where its file does.
    Search::update().hashes(hashes).skipped(skipped).bytes(bytes)
}

fn total(files: &[File]) -> u64 {
    files.iter().map(|file| file.size).sum()
}

/// Finds the files with equal hashes.
fn compare(search: &Search) -> impl Update<Search> + use<> {
    let mut files_of = BTreeMap::<&Hash, Vec<File>>::new();
    for (file, hash) in search.files.iter().zip(&search.hashes) {
        if let Some(hash) = hash {
            files_of.entry(hash).or_default().push(file.clone());
        }
    }
    let equal = files_of.into_values().filter(|files| files.len() > 1);
    Search::update()
        .duplicates(equal.map(|files| Duplicate { files }).collect())
        .read(search.files.len())
        .overwrite_files(Vec::new())
        .overwrite_hashes(Vec::new())
}
