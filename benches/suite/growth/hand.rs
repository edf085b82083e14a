//! The same conversation by hand: what was said added to a file, and the whole of it stored after every step.

use super::{ends, row, whole};
use crate::Failure;
use crate::report::{Figure, Row};
use crate::session::bytes;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const MESSAGE_BYTES: usize = 200;
/// The commits of a turn.
const COMMITS: usize = 3;

/// Something of the usual length.
pub(super) fn message(number: u64) -> String {
    format!("{number:0MESSAGE_BYTES$}")
}

/// So many turns to a file, and fewer with whole states: their time and bytes grow as the square.
pub(super) fn rows(path: &Path, turns: u32, fewer: u32) -> Result<Vec<Row>, Failure> {
    let mut rows = appended(&path.join("appended"), turns)?;
    rows.extend(stored(&path.join("stored"), fewer)?);
    Ok(rows)
}

/// One line for each commit, and `fdatasync` after it: nothing is known of the state but what is in memory.
fn appended(path: &Path, turns: u32) -> Result<Vec<Row>, Failure> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let mut times = Vec::new();
    for turn in 0..turns {
        let began = Instant::now();
        for text in [message(u64::from(turn)), turn.to_string(), message(u64::from(turn))] {
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
        }
        times.push(began.elapsed());
    }
    let [first, last] = ends(&times);
    #[expect(clippy::cast_precision_loss, reason = "no file here has 2^52 bytes")]
    let bytes = bytes(path)? as f64;
    Ok(vec![
        row(format!("{turns} turns, added to a file, synced: one of the first 100"), Figure::time(first)),
        row("one of the last 100", Figure::time(last)),
        row("a turn, on the disk", Figure::Bytes(bytes / f64::from(turns))),
    ])
}

/// bincode of all that was said, put into sled under a new key, for each commit.
fn stored(path: &Path, turns: u32) -> Result<Vec<Row>, Failure> {
    let db = sled::Config::new().path(path).cache_capacity(64 << 20).flush_every_ms(Some(500)).open()?;
    let log = OpenOptions::new().write(true).open(path.join("db"))?;
    let (mut messages, mut times, mut put) = (Vec::new(), Vec::new(), 0);
    for turn in 0..u64::from(turns) {
        let began = Instant::now();
        for commit in 0..COMMITS {
            if commit != 1 {
                messages.push(message(turn));
            }
            let state = bincode::serialize(&(turn, &messages))?;
            put += state.len();
            db.insert([&turn.to_be_bytes()[..], &commit.to_be_bytes()].concat(), state)?;
            db.flush()?;
            log.sync_data()?;
        }
        times.push(began.elapsed());
    }
    let [first, last] = ends(&times);
    let turn = whole(put) / f64::from(turns);
    Ok(vec![
        row(format!("{turns} turns, the whole state into sled, synced: one of the first 100"), Figure::time(first)),
        row("one of the last 100", Figure::time(last)),
        row("a turn, handed to sled", Figure::Bytes(turn)),
    ])
}
