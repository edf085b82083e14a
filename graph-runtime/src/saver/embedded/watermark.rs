//! How many commits the store has acknowledged at least, kept beside the engine's own files.
//!
//! Engines answer some damage by going back to an older state, without a word. The mark is written after each durable commit and is
//! never synced: it may lag behind the store and never leads, so a store that holds less went back.

use crate::fault::fault;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

const MAGIC: [u8; 4] = *b"mark";
const BYTES: usize = 16;

/// The open side file.
#[derive(Debug)]
pub(super) struct Watermark {
    file: File,
    at_least: u64,
}

impl Watermark {
    /// Opens or creates the file. One that cannot be understood counts as none: the store beside it may be intact.
    pub(super) fn open(path: &Path) -> io::Result<Watermark> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::with_capacity(BYTES);
        Read::by_ref(&mut file).take(BYTES as u64).read_to_end(&mut bytes)?;
        Ok(Watermark { file, at_least: decode(&bytes).unwrap_or(0) })
    }

    pub(super) fn at_least(&self) -> u64 {
        self.at_least
    }

    pub(super) fn write(&mut self, commits: u64) -> io::Result<()> {
        self.file.rewind()?;
        fault!(MarkWriting);
        self.file.write_all(&encode(commits))?;
        self.at_least = commits;
        Ok(())
    }
}

fn encode(commits: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&commits.to_be_bytes());
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<u64> {
    let commits = u64::from_be_bytes(*bytes.get(MAGIC.len()..)?.first_chunk()?);
    (bytes == encode(commits)).then_some(commits)
}
