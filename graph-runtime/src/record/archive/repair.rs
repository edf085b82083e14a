//! A file with checksums, hashes and counts that fit whatever it holds, for fuzz targets: what a forger could make.

use super::{ArchiveWriter, Count, Label, MOST_LABEL};
use crate::record::codec;
use crate::record::frame;
use crate::{CheckpointId, RecordHash, Status};

/// The parts of a file that can be told apart, as they are but for what holds them together.
pub(crate) fn repaired(file: &[u8]) -> Vec<u8> {
    let mut parts = parts(file);
    let mut last = RecordHash::default();
    let mut newest = CheckpointId(0);
    for (label, content) in &mut parts {
        match label {
            Label::Record { checkpoint, .. } => {
                last = frame::mend(content, last);
                newest = CheckpointId(*checkpoint);
            }
            Label::Entry { .. } => drop(frame::mend(content, last)),
            Label::Delivery { .. } => drop(frame::mend(content, RecordHash::default())),
            Label::Thread { .. } | Label::End { .. } => {}
        }
    }
    if let Some((Label::Thread { checkpoint, hash, .. }, _)) = parts.first_mut() {
        (*checkpoint, *hash) = (newest.0, last.0);
    }
    let mut file = Vec::new();
    let mut end = (Status::Finished, 0);
    let Ok(mut writer) = ArchiveWriter::begin(&mut file) else { return Vec::new() };
    for (label, content) in parts {
        match label {
            Label::End { status, updated, count: Count { .. } } => end = (status, updated),
            label => drop(writer.part(&label, &content)),
        }
    }
    drop(writer.end(end.0, end.1));
    file
}

fn parts(file: &[u8]) -> Vec<(Label, Vec<u8>)> {
    let mut rest = file.get(28..).unwrap_or_default();
    let mut parts = Vec::new();
    while let Some((lengths, bytes)) = rest.split_first_chunk::<8>() {
        let length =
            |at: usize| lengths.iter().skip(at).take(4).rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let (label, content) = (length(0).min(MOST_LABEL as usize).min(bytes.len()), length(4));
        let (label, bytes) = bytes.split_at(label);
        let (content, bytes) = bytes.split_at(content.min(bytes.len()));
        if let Ok(label) = codec::decode(label) {
            parts.push((label, content.to_vec()));
        }
        rest = bytes.get(16..).unwrap_or_default();
    }
    parts
}
