//! Writing a thread as a file.

use super::{Count, Label, MAGIC, MOST_CONTENT, MOST_LABEL, Seal, VERSION};
use crate::Status;
use crate::record::codec;
use std::io::{self, BufWriter, Write};

/// A file that grows part by part; it holds one of them.
pub(crate) struct ArchiveWriter<W: Write> {
    writer: BufWriter<W>,
    label: Vec<u8>,
    seal: Seal,
    count: Count,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins with the header.
    pub(crate) fn begin(writer: W) -> io::Result<ArchiveWriter<W>> {
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&VERSION.to_le_bytes());
        let seal = Seal::of(&header);
        let mut writer = BufWriter::with_capacity(1 << 16, writer);
        writer.write_all(&header)?;
        writer.write_all(&seal.0)?;
        Ok(ArchiveWriter { writer, label: Vec::new(), seal, count: Count::default() })
    }

    pub(crate) fn part(&mut self, label: &Label, content: &[u8]) -> io::Result<()> {
        self.label.clear();
        codec::encode(label, &mut self.label).map_err(io::Error::other)?;
        let lengths = [length(&self.label, MOST_LABEL)?, length(content, MOST_CONTENT)?];
        self.seal = self.seal.after(&[&lengths[0], &lengths[1], &self.label, content]);
        for bytes in [&lengths[0], &lengths[1], &*self.label, content, &self.seal.0] {
            self.writer.write_all(bytes)?;
        }
        self.count.add(label);
        Ok(())
    }

    /// Writes the last part, and returns how many records the file has.
    pub(crate) fn end(mut self, status: Status, updated: u64) -> io::Result<u64> {
        let count = self.count;
        self.part(&Label::End { status, updated, count }, &[])?;
        self.writer.flush()?;
        Ok(count.records)
    }
}

fn length(bytes: &[u8], most: u32) -> io::Result<[u8; 4]> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= most);
    let too_long = || io::Error::other(format!("a record of {} bytes is longer than a file can hold", bytes.len()));
    length.map(u32::to_le_bytes).ok_or_else(too_long)
}
