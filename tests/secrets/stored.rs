//! No byte of the context is in a store or an export; a secret field is, for it is stored like any other.

use crate::graphs::{KEY, SECRET, Vaults, lived, vaults};
use futures_lite::future::block_on;
use graph_runtime::{Graph, Keep, RedbSaver, SledSaver};
use std::path::Path;

/// How many files below a directory hold these bytes.
fn files_with(directory: &Path, needle: &str) -> (usize, usize) {
    let (mut found, mut files) = (0, 0);
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let (deeper, below) = files_with(&path, needle);
            (found, files) = (found + deeper, files + below);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found += usize::from(bytes.windows(needle.len()).any(|bytes| bytes == needle.as_bytes()));
            files += 1;
        }
    }
    (found, files)
}

fn store_and_check(directory: &Path, graph: Graph<Vaults>) {
    let thread = lived(&graph);
    block_on(async {
        thread.copy_to("b").await.unwrap();
        let file = std::fs::File::create(directory.join("a.thread")).unwrap();
        thread.export(file).await.unwrap();
        thread.resume().await.unwrap().finished().unwrap();
        thread.prune(Keep::Last(1)).await.unwrap();
    });
    let open = files_with(directory, KEY);
    drop((thread, graph));
    let (closed, files) = files_with(directory, KEY);
    assert_eq!((open.0, closed), (0, 0), "of {files} files");
    assert!(files > 2, "{files}");
    let (secrets, _) = files_with(directory, SECRET);
    assert!(secrets > 1, "the store and the export hold what is secret: {secrets}");
}

#[test]
fn no_byte_of_the_context_is_stored_or_exported() {
    let directory = tempfile::tempdir().unwrap();
    let (sled, redb) = (directory.path().join("sled"), directory.path().join("redb"));
    store_and_check(&sled, vaults(SledSaver::open(&sled).unwrap()));
    store_and_check(&redb, vaults(RedbSaver::open(&redb).unwrap()));
}
