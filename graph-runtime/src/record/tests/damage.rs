//! Whatever happens to the bytes of a record, it is an error, never a panic and never another state.

use super::super::checkpoint::{RecordError, open};
use super::super::entry;
use super::state::{ID, Job, PARENT, bytes, decode, job, key};
use proptest::prelude::*;

/// Reads the bytes as a record, as its meta, and as an entry; nothing of it may succeed.
fn refused(bytes: &[u8]) {
    let key = key("g", "t");
    let errors = [
        decode::<Job>(&key, ID, bytes).map(drop),
        open(&key, ID, bytes).map(drop),
        entry::open::<Vec<String>>(&key, (ID, PARENT), "halt", bytes).map(drop),
        entry::verify(&key, (ID, PARENT), "halt", bytes).map(drop),
    ];
    for error in errors {
        assert!(matches!(error, Err(RecordError::Corrupt(_))), "{error:?}");
    }
}

fn entry() -> Vec<u8> {
    entry::seal(&key("g", "t"), (ID, PARENT), "halt", &vec!["why".to_owned()]).expect("it has bytes")
}

#[test]
fn every_flipped_bit_is_found() {
    for whole in [bytes(&job()), entry()] {
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            refused(&damaged);
        }
    }
}

#[test]
fn every_changed_byte_is_found() {
    let whole = bytes(&job());
    for place in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0xff, whole[place].wrapping_add(1)] {
            if byte != whole[place] {
                let mut damaged = whole.clone();
                damaged[place] = byte;
                refused(&damaged);
            }
        }
    }
}

#[test]
fn every_truncation_is_found_at_both_ends() {
    for whole in [bytes(&job()), entry()] {
        for length in 0..whole.len() {
            refused(&whole[..length]);
            refused(&whole[whole.len() - length..]);
        }
    }
}

#[test]
fn bytes_after_a_record_are_found() {
    let whole = bytes(&job());
    refused(&[&whole[..], &[0]].concat());
    refused(&[&whole[..], &whole[..]].concat());
    refused(&[&[0], &whole[..]].concat());
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        refused(&bytes);
    }

    /// Someone who can compute the checksum can write any record, but makes no program panic or hang with it.
    #[test]
    fn any_body_under_a_right_checksum_has_a_value_or_an_error(
        place in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(prop_oneof![0..3u8, any::<u8>()], 1..20),
    ) {
        let mut record = super::state::bytes(&job());
        record.truncate(record.len() - 16);
        let start = place.index(record.len());
        for (place, byte) in record.iter_mut().skip(start).zip(bytes) {
            *place = byte;
        }
        let checksum = blake3::hash(&record);
        record.extend_from_slice(&checksum.as_bytes()[..16]);
        let key = key("g", "t");
        let _ = decode::<Job>(&key, ID, &record);
        let _ = open(&key, ID, &record);
        let _ = entry::open::<Vec<String>>(&key, (ID, PARENT), "halt", &record);
    }
}
