//! Records come back whole, at their own place only, and across changes of the state that names explain.

use super::super::checkpoint::{Content, Record, RecordError, encode, open};
use super::super::entry;
use super::state::{ID, Job, PARENT, bytes, decode, job, key, meta, state};
use crate::{CheckpointId, GraphState, RecordHash, Source, Status};

fn read<S: GraphState>(bytes: &[u8]) -> Result<Record<S>, RecordError> {
    decode(&key("g", "t"), ID, bytes)
}

#[test]
fn a_record_comes_back() {
    let bytes = bytes(&job());
    let record = read::<Job>(&bytes).expect("it is whole");
    assert_eq!(record.state, job());
    assert_eq!(record.hash.0, bytes[bytes.len() - 16..]);

    let (read, written) = (record.meta, meta());
    assert_eq!((read.checkpoint, read.parent), (7, Some(6)));
    assert_eq!((read.step, read.time, read.duration), (written.step, written.time, written.duration));
    assert_eq!((read.source, read.status), (Source::Step, Status::Running));
    assert_eq!((&*read.position.tasks[0].node, read.position.tasks.len()), ("decide", 1));
    assert_eq!((read.request.as_deref(), read.tags.len(), read.note), (Some("r-7"), 0, None));

    let again = open(&key("g", "t"), ID, &bytes).expect("it is whole");
    assert_eq!((again.meta.step, again.hash, again.before), (5, record.hash, PARENT));
}

#[test]
fn equal_states_have_equal_bytes_and_the_chain_binds_them() {
    assert_eq!(bytes(&job()), bytes(&job()));
    let mut other = Vec::new();
    let hash = encode(&meta(), RecordHash([8; 16]), &Content::Whole(&job()), &mut other).expect("it is storable");
    assert_ne!(hash.0, bytes(&job())[bytes(&job()).len() - 16..]);
}

/// The format is a promise: a program that is built later reads what is stored now.
#[test]
fn the_bytes_of_version_1_do_not_change() {
    let bytes = bytes(&job());
    let golden = include_str!("version_1.hex").trim().as_bytes().chunks(2);
    let golden: Vec<u8> = golden
        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).expect("digits"), 16).expect("two digits"))
        .collect();
    assert_eq!(bytes, golden);
}

#[test]
fn a_record_is_refused_in_another_place() {
    let bytes = bytes(&job());
    for (key, id) in [
        (key("g", "u"), ID),
        (key("h", "t"), ID),
        (key("t", "g"), ID),
        (key("g", "t"), CheckpointId(6)),
        (key("g", "t"), CheckpointId(0)),
    ] {
        let refused = decode::<Job>(&key, id, &bytes).expect_err("another place");
        let reason = "it is checkpoint 7 of thread `t` of graph `g`, stored in the place of another";
        assert_eq!(refused, RecordError::Corrupt(reason.to_owned()));
        open(&key, id, &bytes).expect_err("another place");
    }
}

mod changed {
    use super::state;

    state!(Reordered { notes: Vec<String> = put / take, step: u32 = put / take, message: String = put / take });
    state!(More { step: u32 = put / take, tries: u8 = put / take, message: String = put / take,
                  notes: Vec<String> = put / take, last: Option<u8> = put / take });
    state!(Less { message: String = put / take });
    state!(Retyped { step: u64 = put / take, message: String = put / take });
    state!(Signed { step: i32 = put / take, message: String = put / take });
}

#[test]
fn fields_may_come_go_and_move() {
    let bytes = bytes(&job());
    let reordered = read::<changed::Reordered>(&bytes).expect("names explain it").state;
    assert_eq!((reordered.step, reordered.message, reordered.notes), (3, job().message, job().notes));

    let more = read::<changed::More>(&bytes).expect("names explain it").state;
    assert_eq!((more.step, more.tries, more.last, more.notes), (3, 0, None, job().notes));

    let less = read::<changed::Less>(&bytes).expect("names explain it").state;
    assert_eq!(less.message, job().message);
}

#[test]
fn another_type_is_refused_by_name() {
    for refused in [
        read::<changed::Retyped>(&bytes(&job())).expect_err("another width"),
        read::<changed::Signed>(&bytes(&job())).expect_err("another meaning of the same bytes"),
    ] {
        let RecordError::Incompatible(reason) = refused else { panic!("{refused:?}") };
        assert!(reason.starts_with("field `step` is stored with a type of fingerprint "), "{reason}");
    }
}

#[test]
fn entries_come_back_and_are_refused_in_another_place() {
    let value = (3u32, Some("why".to_owned()));
    let beside = (ID, RecordHash([4; 16]));
    let bytes = entry::seal(&key("g", "t"), beside, "halt", &value).expect("it has bytes");
    assert_eq!(entry::open::<(u32, Option<String>)>(&key("g", "t"), beside, "halt", &bytes), Ok(value));

    for (key, beside, name) in [
        (key("g", "u"), beside, "halt"),
        (key("h", "t"), beside, "halt"),
        (key("g", "t"), (CheckpointId(6), beside.1), "halt"),
        (key("g", "t"), (ID, RecordHash([5; 16])), "halt"),
        (key("g", "t"), beside, "attempts"),
        (key("g", "t"), beside, ""),
    ] {
        let refused = entry::open::<(u32, Option<String>)>(&key, beside, name, &bytes).expect_err("another place");
        assert!(matches!(refused, RecordError::Corrupt(_)), "{refused}");
    }
    let other = entry::open::<u8>(&key("g", "t"), beside, "halt", &bytes).expect_err("another type");
    assert!(matches!(other, RecordError::Incompatible(_)), "{other}");
}

#[test]
fn a_record_and_an_entry_are_never_taken_for_each_other() {
    let entry = entry::seal(&key("g", "t"), (ID, PARENT), "halt", &1u8).expect("it has bytes");
    assert!(matches!(read::<Job>(&entry), Err(RecordError::Corrupt(_))));
    assert!(matches!(
        entry::open::<u8>(&key("g", "t"), (ID, PARENT), "halt", &bytes(&job())),
        Err(RecordError::Corrupt(_))
    ));
}
