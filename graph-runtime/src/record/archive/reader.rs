//! Reading a thread from a file, of which nothing is trusted.

use super::{Count, ImportError, Label, MAGIC, MOST_CONTENT, MOST_LABEL, SEAL_BYTES, Seal, VERSION};
use crate::record::codec;
use std::io::{self, BufReader, ErrorKind, Read};

/// A file that is read part by part; it holds one of them.
pub(crate) struct ArchiveReader<R> {
    reader: BufReader<R>,
    /// Where the last part began.
    part: u64,
    offset: u64,
    seal: Seal,
    count: Count,
}

impl<R: Read> ArchiveReader<R> {
    /// Reads the header.
    pub(crate) fn begin(reader: R) -> Result<ArchiveReader<R>, ImportError> {
        let (reader, seal) = (BufReader::with_capacity(1 << 16, reader), Seal::default());
        let mut file = ArchiveReader { reader, part: 0, offset: 0, seal, count: Count::default() };
        let magic = file.bytes(MAGIC.len())?;
        if magic != MAGIC {
            return Err(ImportError::NotAnExport);
        }
        let version: [u8; 4] = file.array()?;
        file.seal = Seal::of(&[&MAGIC[..], &version].concat());
        // In every version, so that damage is told from a newer format.
        if file.array()? != file.seal.0 {
            return Err(file.damaged("the checksum does not fit the header"));
        }
        match u32::from_le_bytes(version) {
            VERSION => Ok(file),
            found => Err(ImportError::Format { found }),
        }
    }

    /// The next part. Nothing of it is decoded before its seal is verified.
    pub(crate) fn next(&mut self) -> Result<(Label, Vec<u8>), ImportError> {
        self.part = self.offset;
        let lengths: [[u8; 4]; 2] = [self.array()?, self.array()?];
        let label = self.counted(lengths[0], MOST_LABEL)?;
        let content = self.counted(lengths[1], MOST_CONTENT)?;
        self.seal = self.seal.after(&[&lengths[0], &lengths[1], &label, &content]);
        if self.array::<SEAL_BYTES>()? != self.seal.0 {
            return Err(self.damaged("the seal does not fit what is before it"));
        }
        let label = codec::decode(&label).map_err(|error| self.damaged(error.to_string()))?;
        if let Label::End { count, .. } = &label
            && *count != self.count
        {
            return Err(self.damaged("it has other parts than its end tells"));
        }
        self.count.add(&label);
        Ok((label, content))
    }

    /// Makes sure that there is nothing more.
    pub(crate) fn end(&mut self) -> Result<(), ImportError> {
        self.part = self.offset;
        let more = self.bytes(1)?;
        if more.is_empty() { Ok(()) } else { Err(self.damaged("there is more behind its end")) }
    }

    /// The error of the last part.
    pub(crate) fn damaged(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Damaged { offset: self.part, reason: reason.into() }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let bytes = self.bytes(N)?;
        bytes.try_into().map_err(|_| self.cut_off())
    }

    fn counted(&mut self, length: [u8; 4], most: u32) -> Result<Vec<u8>, ImportError> {
        let length = u32::from_le_bytes(length);
        if length > most {
            return Err(self.damaged("the length of a part is out of bounds"));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let bytes = self.bytes(length)?;
        if bytes.len() == length { Ok(bytes) } else { Err(self.cut_off()) }
    }

    fn cut_off(&self) -> ImportError {
        self.damaged("it ends in the middle")
    }

    /// So many bytes, or all that are left. Room is made as they come, not as they are promised.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, io::Error> {
        let mut bytes = Vec::with_capacity(length.min(1 << 16));
        let wanted = length as u64;
        match self.reader.by_ref().take(wanted).read_to_end(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            read => drop(read?),
        }
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }
}
