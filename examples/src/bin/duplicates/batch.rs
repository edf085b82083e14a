//! How much work is one item of a `for`.

use crate::listing::File;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;

/// Some neighbours in a list of the state, by their places.
///
/// The items of a `for` are stored with the position, and each item's task leaves an entry in the store when it is done.
/// So an item names its files by their places in a list that the state holds anyway, and is worth some
/// milliseconds of work: one file would cost more to store than to read, while a thousand would be a lot to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Batch {
    first: usize,
    end: usize,
}

/// How many files are asked for their sizes at a time.
const SIZES: usize = 256;
/// How many files are read at a time, at most.
const FILES: usize = 16;
/// How many bytes end a batch.
const BYTES: u64 = 16 * 1024 * 1024;

impl Batch {
    /// What the batch stands for.
    pub(crate) fn of<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        list.get(self.first..self.end).unwrap_or_default()
    }

    /// What stands before it.
    pub(crate) fn before<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        list.get(..self.first).unwrap_or_default()
    }

    /// The batches of level one.
    pub(crate) fn of_names(names: &[OsString]) -> Vec<Batch> {
        let batch = |first| Batch { first, end: names.len().min(first + SIZES) };
        (0..names.len()).step_by(SIZES).map(batch).collect()
    }

    /// The batches of level two.
    pub(crate) fn of_files(files: &[File]) -> Vec<Batch> {
        let mut batches = Vec::new();
        let (mut first, mut bytes) = (0, 0_u64);
        for (place, file) in files.iter().enumerate() {
            let end = place + 1;
            bytes = bytes.saturating_add(file.size);
            if end - first == FILES || bytes >= BYTES || end == files.len() {
                batches.push(Batch { first, end });
                (first, bytes) = (end, 0);
            }
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sizes(sizes: &[u64]) -> Vec<File> {
        let dir = tempfile::tempdir().unwrap();
        let look = |size: &u64| {
            fs::File::create(dir.path().join("file")).unwrap().set_len(*size).unwrap();
            File::look(dir.path(), "file".as_ref()).unwrap().unwrap()
        };
        sizes.iter().map(look).collect()
    }

    #[test]
    fn every_file_is_in_one_batch() {
        let files = sizes(&[1; 40]);
        let batches = Batch::of_files(&files);
        let lengths: Vec<_> = batches.iter().map(|batch| batch.of(&files).len()).collect();
        assert_eq!(lengths, [16, 16, 8]);
        assert_eq!(batches[1].before(&files).len(), 16);
        assert_eq!(Batch::of_files(&[]), []);
        let names = vec![OsString::new(); SIZES + 1];
        assert_eq!(Batch::of_names(&names), [Batch { first: 0, end: SIZES }, Batch { first: SIZES, end: SIZES + 1 }]);
    }

    #[test]
    fn a_large_file_ends_its_batch() {
        let files = sizes(&[BYTES, BYTES - 1, 1, 1, 1]);
        let lengths: Vec<_> = Batch::of_files(&files).iter().map(|batch| batch.of(&files).len()).collect();
        assert_eq!(lengths, [1, 2, 2]);
    }
}
