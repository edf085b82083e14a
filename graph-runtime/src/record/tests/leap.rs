//! A record with a leap is two records of changes in one, and a reader takes the one that it needs.

use super::super::checkpoint::{self, Content, RecordError};
use super::super::field::FieldWriter;
use super::super::leap::Leap;
use super::super::piece::Piece;
use super::super::series;
use super::hex;
use super::state::{ID, bytes, key, meta};
use crate::{CheckpointId, GraphState, RecordHash};

#[derive(Debug, GraphState, PartialEq)]
#[state(crate = crate)]
struct Job {
    step: u32,
    message: String,
    notes: Vec<String>,
}

fn job() -> Job {
    Job { step: 3, message: "Continuing".to_owned(), notes: vec!["one".to_owned(), "two".to_owned()] }
}

#[derive(GraphState)]
#[state(crate = crate)]
struct Step {
    step: u32,
}

#[derive(GraphState)]
#[state(crate = crate)]
struct Words {
    step: u32,
    message: String,
}

fn fields(state: &impl GraphState) -> Vec<u8> {
    let mut buffer = Vec::new();
    state.encode(&mut FieldWriter::new(&mut buffer)).expect("it is storable");
    buffer
}

/// Checkpoint `id` with these changes, behind this record.
fn record(id: CheckpointId, before: RecordHash, content: &Content<'_, Job>) -> Piece {
    let (mut buffer, base) = (Vec::new(), Some(ID.0));
    checkpoint::encode(&checkpoint::Meta { checkpoint: id.0, base, ..meta() }, before, content, &mut buffer)
        .expect("it is storable");
    Piece::open(&key("g", "t"), id, buffer).expect("it is whole")
}

fn whole() -> Piece {
    Piece::open(&key("g", "t"), ID, bytes(&job())).expect("it is whole")
}

/// Checkpoint 9, which leaps over 8 to 7.
fn leap(whole: &Piece, before: RecordHash) -> (Vec<u8>, RecordHash) {
    let changes = fields(&Step { step: 9 });
    let since = fields(&Words { step: 9, message: "8 and 9".to_owned() });
    let content = Content::<Job>::Leap(Leap { changes: &changes, base: whole.hash, size: 1000, since: &since });
    let (mut buffer, base) = (Vec::new(), Some(ID.0));
    let meta = checkpoint::Meta { checkpoint: 9, base, ..meta() };
    let hash = checkpoint::encode(&meta, before, &content, &mut buffer).expect("it is storable");
    (buffer, hash)
}

/// The whole record, and one with changes behind it.
fn two() -> [Piece; 2] {
    let (whole, changes) = (whole(), fields(&Words { step: 8, message: "8".to_owned() }));
    let next = record(CheckpointId(8), whole.hash, &Content::Delta(&super::super::bytes::Bytes(changes)));
    [next, whole]
}

fn open(bytes: &[u8]) -> Result<Piece, RecordError> {
    Piece::open(&key("g", "t"), CheckpointId(9), bytes.to_vec())
}

fn read(records: &[Piece]) -> Result<Job, RecordError> {
    series::read(records, None).map(|record| record.state)
}

#[test]
fn the_state_is_read_with_the_base_or_with_the_record_before() {
    let [next, whole] = two();
    let (bytes, hash) = leap(&whole, next.hash);
    let leap = open(&bytes).expect("it is whole");
    assert_eq!((leap.hash, leap.is_whole(), leap.leap().map(|leap| leap.size)), (hash, false, Some(1000)));

    let leapt = read(&[leap.clone(), whole.clone()]).expect("the base is there");
    assert_eq!(leapt, Job { step: 9, message: "8 and 9".to_owned(), ..job() });
    let stepped = read(&[leap.clone(), next, whole]).expect("all are there");
    assert_eq!(stepped, Job { step: 9, message: "8".to_owned(), ..job() }, "this one holds other changes");

    let other = Piece::open(&key("g", "t"), ID, self::bytes(&Job { step: 1, ..job() })).expect("it is whole");
    let reason = "its changes were made to another record than the one before it";
    assert_eq!(read(&[leap, other]), Err(RecordError::Corrupt(reason.to_owned())));
}

#[test]
fn a_copy_leaps_to_the_copy_of_the_base_or_not_at_all() {
    let [next, whole] = two();
    let (bytes, _) = leap(&whole, next.hash);
    let opened = || checkpoint::open(&key("g", "t"), CheckpointId(9), &bytes).expect("it is whole");
    assert_eq!(opened().leaps_from(), Some(whole.hash));

    let mut copy = Vec::new();
    let base = RecordHash([5; 16]);
    checkpoint::seal_again(opened(), &key("g", "u"), next.hash, Some(base), &mut copy).expect("it was a record");
    let read = checkpoint::open(&key("g", "u"), CheckpointId(9), &copy).expect("it is whole");
    assert_eq!((read.leaps_from(), read.meta.base), (Some(base), Some(ID.0)));

    checkpoint::seal_again(opened(), &key("g", "u"), next.hash, None, &mut copy).expect("it was a record");
    let read = Piece::open(&key("g", "u"), CheckpointId(9), copy).expect("it is whole");
    assert!(read.leap().is_none() && !read.is_whole());
    assert_eq!(read.changes(), fields(&Step { step: 9 }));
}

/// The format is a promise: a program that is built later reads what is stored now.
#[test]
fn the_bytes_of_version_1_of_a_leap_do_not_change() {
    let [next, whole] = two();
    assert_eq!(hex(&leap(&whole, next.hash).0), include_str!("leap_1.hex").trim());
}

/// Bytes with the checksum that they would need.
fn sealed(framed: &[u8]) -> Vec<u8> {
    [framed, &blake3::hash(framed).as_bytes()[..16]].concat()
}

#[test]
fn a_leap_that_is_not_whole_is_an_error() {
    let [next, whole] = two();
    let (bytes, _) = leap(&whole, next.hash);
    let framed = &bytes[..bytes.len() - 16];
    open(&sealed(framed)).expect("nothing is cut");
    let since = fields(&Words { step: 9, message: "8 and 9".to_owned() }).len();
    for cut in since + 1..framed.len() - 4 {
        let refused = open(&sealed(&framed[..framed.len() - cut])).expect_err("the leap is cut");
        assert!(matches!(refused, RecordError::Corrupt(_)), "{refused}");
    }
    // Without the last field it is another leap that is whole.
    let field = since - fields(&Step { step: 9 }).len();
    for cut in (1..since).filter(|cut| *cut != field) {
        let leap = open(&sealed(&framed[..framed.len() - cut])).expect("the frame is whole");
        assert!(matches!(read(&[leap, whole.clone()]), Err(RecordError::Corrupt(_))), "{cut}");
    }
}
