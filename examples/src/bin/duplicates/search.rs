//! The search as a graph: which files to read next, and what was found.

use crate::listing::{File, Hash, Listing, Skipped};
use graph_runtime::{Ctx, GraphState, Update, graph};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What a search must not forget.
///
/// The listing of the directory is not in it: it is made again by every process, which reads no file, while a list of
/// all files would be stored with every step. The search holds one group, the files of one size, and what it has found.
#[derive(GraphState, Debug)]
pub(crate) struct Search {
    /// The directory, absolute.
    pub(crate) root: OsString,
    /// The files of one size, which are read now. Sizes go down from the largest, so this also says what is done.
    group: Vec<File>,
    /// The hashes of the first files of the group; none for one that was skipped.
    #[reduce(append)]
    hashes: Vec<Option<Hash>>,
    /// Files with equal content.
    #[reduce(append)]
    pub(crate) duplicates: Vec<Duplicate>,
    /// What was left out.
    #[reduce(append)]
    pub(crate) skipped: Vec<Skipped>,
    /// How many files were read or skipped.
    #[reduce(add)]
    pub(crate) files: u64,
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
    pub(crate) listing: Listing,
    pub(crate) bar: ProgressBar,
    pub(crate) verbose: bool,
}

graph! {
    /// Reads the files group by group, one in each step.
    pub(crate) graph Duplicates<Search, Disk>;

    node next_group, hash;

    start -> next_group -> match found_one {
        true => hash,
        false => end,
    };

    hash -> match is_complete {
        true => next_group,
        false => hash,
    };
}

/// Keeps what is equal in the group that was read, and takes the group of the next smaller size.
fn next_group(search: &Search, cx: &Ctx<Disk>) -> impl Update<Search> {
    let listing = &cx.context().listing;
    let first = search.group.first();
    let unlisted = if first.is_none() { listing.skipped.clone() } else { Vec::new() };
    let next = listing.below(first.map(|file| file.size)).unwrap_or_default();
    Search::update()
        .duplicates(equal(&search.group, &search.hashes))
        .skipped(unlisted)
        .group(next.to_vec())
        .overwrite_hashes(Vec::new())
}

fn found_one(search: &Search) -> bool {
    !search.group.is_empty()
}

/// Reads the next file of the group.
fn hash(search: &Search, cx: &Ctx<Disk>) -> impl Update<Search> {
    let Disk { root, bar, verbose, .. } = cx.context();
    let file = search.group.get(search.hashes.len())?;
    if *verbose {
        bar.suspend(|| eprintln!("Reading {}", file.path.display()));
    }
    let hash = file.hash(root);
    bar.inc(1);
    let skipped = hash.as_ref().err().map(|error| Skipped { path: file.path.clone(), reason: error.to_string() });
    let bytes = if hash.is_ok() { file.size } else { 0 };
    Some(Search::update().hashes([hash.ok()]).skipped(skipped).files(1).bytes(bytes))
}

fn is_complete(search: &Search) -> bool {
    search.hashes.len() >= search.group.len()
}

/// The files of a group with equal hashes.
fn equal(group: &[File], hashes: &[Option<Hash>]) -> Vec<Duplicate> {
    let mut files_of = BTreeMap::<&Hash, Vec<File>>::new();
    for (file, hash) in group.iter().zip(hashes) {
        if let Some(hash) = hash {
            files_of.entry(hash).or_default().push(file.clone());
        }
    }
    let equal = files_of.into_values().filter(|files| files.len() > 1);
    equal.map(|files| Duplicate { files }).collect()
}
