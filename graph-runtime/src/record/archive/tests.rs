//! A file is read as it was written, or it is an error.

use super::{ArchiveReader, ArchiveWriter, ImportError, Label};
use crate::Status;
use std::fmt::Write;
use std::io::{self, Read};

fn parts() -> Vec<(Label, Vec<u8>)> {
    let (graph, thread, due) = ("g".to_owned(), "t".to_owned(), Some(77));
    vec![
        (Label::Thread { graph, thread, checkpoint: 2, hash: [7; 16], due }, vec![]),
        (Label::Record { checkpoint: 1, answers: false }, b"one".to_vec()),
        (Label::Record { checkpoint: 2, answers: true }, b"two".to_vec()),
        (Label::Entry { name: "halt".to_owned() }, b"why".to_vec()),
        (Label::Delivery { name: "reply/a".to_owned() }, b"yes".to_vec()),
    ]
}

fn file(parts: &[(Label, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = ArchiveWriter::begin(&mut file).unwrap();
    for (label, content) in parts {
        writer.part(label, content).unwrap();
    }
    writer.end(Status::Replied, 1234).unwrap();
    file
}

fn read(bytes: impl Read) -> Result<Vec<(Label, Vec<u8>)>, ImportError> {
    let mut file = ArchiveReader::begin(bytes)?;
    let mut parts = Vec::new();
    loop {
        let part = file.next()?;
        let last = matches!(part.0, Label::End { .. });
        parts.push(part);
        if last {
            file.end()?;
            return Ok(parts);
        }
    }
}

#[test]
fn a_file_comes_back() {
    let mut read = read(&*file(&parts())).unwrap();
    let Some((Label::End { status: Status::Replied, updated: 1234, count }, _)) = read.pop() else {
        panic!("{read:?}")
    };
    assert_eq!((count.records, count.entries, count.deliveries), (2, 1, 1));
    assert_eq!(read, parts());
}

/// The format is a promise: a program that is built later reads what is exported now.
#[test]
fn the_bytes_of_version_1_do_not_change() {
    let mut hex = String::new();
    for byte in file(&parts()) {
        write!(hex, "{byte:02x}").unwrap();
    }
    assert_eq!(hex, include_str!("version_1.hex").trim_end());
}

#[test]
fn every_changed_byte_is_found() {
    let whole = file(&parts());
    for place in 0..whole.len() {
        for changed in [whole[place] ^ 1, whole[place] ^ 0x80, !whole[place]] {
            let mut damaged = whole.clone();
            damaged[place] = changed;
            let refused = read(&*damaged).unwrap_err();
            let known = if place < 8 { matches!(refused, ImportError::NotAnExport) } else { is_damaged(&refused) };
            assert!(known, "byte {place}: {refused}");
        }
    }
}

fn is_damaged(error: &ImportError) -> bool {
    matches!(error, ImportError::Damaged { .. })
}

#[test]
fn every_length_but_its_own_is_found() {
    let whole = file(&parts());
    for length in 0..whole.len() {
        let refused = read(&whole[..length]).unwrap_err();
        assert!(is_damaged(&refused) || length < 8, "{length} bytes: {refused}");
    }
    let refused = read([&*whole, b"x"].concat().as_slice()).unwrap_err();
    assert!(is_damaged(&refused), "{refused}");
}

#[test]
fn parts_that_are_moved_doubled_left_out_or_of_another_file_are_found() {
    let (whole, count) = (file(&parts()), parts().len());
    let mut other = parts();
    other[0].0 = Label::Record { checkpoint: 9, answers: false };
    let (cuts, foreign) = (cuts(&whole), file(&other));
    let part = |file: &[u8], at: usize| file[cuts[at]..cuts[at + 1]].to_vec();
    let mut spliced = vec![[&whole[..cuts[2]], &foreign[cuts[2]..]].concat()];
    for at in 0..count {
        let (before, after) = (&whole[..cuts[at]], &whole[cuts[at + 1]..]);
        spliced.push([before, after].concat());
        spliced.push([before, &*part(&whole, at), &*part(&whole, at), after].concat());
        spliced.push([before, &*part(&foreign, at), after].concat());
        if at + 1 < count {
            spliced.push([before, &*part(&whole, at + 1), &*part(&whole, at), &whole[cuts[at + 2]..]].concat());
        }
    }
    for spliced in spliced.into_iter().filter(|spliced| *spliced != whole) {
        let refused = read(&*spliced).unwrap_err();
        assert!(is_damaged(&refused), "{refused}");
    }
}

/// Where the parts begin.
fn cuts(file: &[u8]) -> Vec<usize> {
    let mut cuts = vec![28];
    let mut at = 28;
    while at < file.len() {
        let length = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        at += 8 + length(at) + length(at + 4) + 16;
        cuts.push(at);
    }
    cuts
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let mut header = b"GRPHFILE".to_vec();
    header.extend_from_slice(&2_u32.to_le_bytes());
    let seal = super::Seal::of(&header);
    let refused = read(&*[&*header, &seal.0, b"whatever it is"].concat()).unwrap_err();
    assert!(matches!(refused, ImportError::Format { found: 2 }), "{refused}");
}

#[test]
fn a_length_takes_no_more_memory_than_there_are_bytes() {
    let header = &file(&parts())[..28];
    for length in [u32::MAX, super::MOST_CONTENT] {
        let promised = [header, &1_u32.to_le_bytes(), &length.to_le_bytes(), &[0; 1000]].concat();
        let refused = read(&*promised).unwrap_err();
        assert!(is_damaged(&refused), "{refused}");
    }
}

#[test]
fn a_reader_that_fails_is_no_damage() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let whole = file(&parts());
            let Some(byte) = whole.get(self.0).filter(|_| self.0 < 100) else {
                return Err(io::ErrorKind::TimedOut.into());
            };
            self.0 += 1;
            buffer[0] = *byte;
            Ok(1)
        }
    }
    let refused = read(Failing(0)).unwrap_err();
    assert!(matches!(refused, ImportError::Read(_)), "{refused}");
}
