//! Whatever happens to the bytes of an export, there is no thread of it, or one that verifies.

use crate::graphs::{Past, exported, key, nothing, orders};
use futures_lite::future::block_on;
use graph_runtime::{Error, ImportError, Keep, MemorySaver, fuzzing};
use graph_tests::whole;
use proptest::prelude::*;

fn file(past: Past, keep: Option<Keep>) -> Vec<u8> {
    let (graph, world) = orders(MemorySaver::new());
    let thread = past.live(&graph, &world);
    if let Some(keep) = keep {
        block_on(thread.prune(keep)).unwrap();
    }
    exported(&thread)
}

/// Imports what is no export any more; returns whether it was found to be damaged.
fn refused(bytes: &[u8]) -> bool {
    let saver = MemorySaver::new();
    let error = block_on(orders(saver.clone()).0.import(bytes)).unwrap_err();
    nothing(&saver);
    matches!(error, Error::Import(ImportError::Damaged { .. }))
}

#[test]
fn every_flipped_byte_is_found() {
    let whole = file(Past::Replied, Some(Keep::Last(2)));
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        assert!(refused(&damaged) || place < 8, "byte {place}");
    }
}

#[test]
fn every_truncation_is_found_at_both_ends() {
    let whole = file(Past::Replied, Some(Keep::Last(2)));
    for length in 0..whole.len() {
        assert!(refused(&whole[..length]) || length < 8, "the first {length} bytes");
        if length > 0 {
            refused(&whole[length..]);
        }
    }
    assert!(refused(&[&*whole, b"\0"].concat()));
    assert!(refused(&[&*whole, &*whole].concat()), "two files are none");
}

/// The parts of a file: label and content.
type Parts = Vec<(Vec<u8>, Vec<u8>)>;

const HEADER: usize = 28;

fn parts(file: &[u8]) -> Parts {
    let (mut parts, mut at) = (Vec::new(), HEADER);
    while at < file.len() {
        let length = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let (label, content) = (at + 8 + length(at), at + 8 + length(at) + length(at + 4));
        parts.push((file[at + 8..label].to_vec(), file[label..content].to_vec()));
        at = content + 16;
    }
    parts
}

/// The file of these parts, with seals that fit and an end that counts them: what somebody would make who knows the format.
fn forged(header: &[u8], mut parts: Parts) -> Vec<u8> {
    let mut counts = [0; 3];
    for (label, _) in &parts {
        if let Some(count) = label.first().and_then(|kind| counts.get_mut(usize::from(*kind).wrapping_sub(1))) {
            *count += 1;
        }
    }
    if let Some((end, _)) = parts.last_mut().filter(|(label, _)| label.first() == Some(&4)) {
        let length = end.len() - 3;
        end.truncate(length);
        end.extend_from_slice(&counts);
    }
    let mut file = header.to_vec();
    for (label, content) in parts {
        let seal = file[file.len() - 16..].to_vec();
        let lengths = [label.len(), content.len()].map(|length| u32::try_from(length).unwrap().to_le_bytes());
        let part = [&lengths.concat(), &*label, &*content].concat();
        let seal = blake3::hash(&[&*seal, &*part].concat());
        file.extend_from_slice(&part);
        file.extend_from_slice(&seal.as_bytes()[..16]);
    }
    file
}

/// There is nothing, or a thread that verifies; returns whether it was imported.
fn sound(bytes: &[u8]) -> bool {
    let saver = MemorySaver::new();
    let Ok(thread) = block_on(orders(saver.clone()).0.import(bytes)) else {
        nothing(&saver);
        return false;
    };
    block_on(thread.verify()).unwrap();
    assert_ne!(whole(&saver, &key()).0, None);
    true
}

#[test]
fn a_forged_seal_does_not_make_a_thread_of_parts_that_do_not_fit() {
    for (past, keep) in [(Past::Finished, None), (Past::Replied, Some(Keep::Last(2))), (Past::Failed, None)] {
        let whole = file(past, keep);
        let (header, parts) = (&whole[..HEADER], parts(&whole));
        assert!(forged(header, parts.clone()) == whole, "the test knows the format");
        let kind = |at: usize| parts[at].0[0];
        for at in 0..parts.len() {
            let mut without = parts.clone();
            let part = without.remove(at);
            // A reply, or what lies beside a checkpoint, can be left out without a trace; but for what bridges a gap.
            let imported = sound(&forged(header, without.clone()));
            let needed = part.0.ends_with(b"pruned") || part.0.ends_with(b"base");
            assert_eq!(imported, (kind(at) == 2 && !needed) || kind(at) == 3, "{past:?} without part {at}");
            let mut doubled = parts.clone();
            doubled.insert(at, part.clone());
            assert!(!sound(&forged(header, doubled)), "{past:?} with part {at} twice");
            for to in 0..without.len() {
                let mut moved = without.clone();
                moved.insert(to, part.clone());
                let same = moved == parts;
                // Deliveries have no order, and one of an entry beside a checkpoint may be another.
                assert!(!sound(&forged(header, moved)) || same || kind(at) == 3, "{past:?}: part {at} moved to {to}");
            }
        }
    }
}

#[test]
fn parts_of_another_thread_are_refused() {
    let (graph, world) = orders(MemorySaver::new());
    let thread = Past::Replied.live(&graph, &world);
    let mut other = Vec::new();
    block_on(block_on(thread.copy_to("b")).unwrap().export(&mut other)).unwrap();
    let whole = exported(&thread);
    let (header, own, other) = (&whole[..HEADER], parts(&whole), parts(&other));
    for at in 0..own.len() - 1 {
        let mut mixed = own.clone();
        mixed[at] = other[at].clone();
        assert!(!sound(&forged(header, mixed)), "part {at}");
    }
}

/// Numbers at which a thread could not go on counting.
#[test]
fn a_forger_cannot_make_numbers_that_overflow() {
    let parts = parts(&file(Past::Failed, None));
    let at = parts.iter().rposition(|(label, _)| label[0] == 1).unwrap();
    // Behind the frame and the length of the meta: graph, thread, checkpoint, parent, base, and how many more checkpoints than
    // steps there were, where 6 is 3 more and 9 is 5 fewer.
    let before = 28 + 1 + 1 + "Orders".len() + 1 + "a".len() + 1 + 1 + 1;
    let forged = |more: u8| {
        let mut parts = parts.clone();
        let record = &mut parts[at].1;
        assert_eq!(record[before - 3..before], [2, 1, 0], "the test knows the format");
        record[before] = more;
        let file = fuzzing::repaired(&forged(&[0; HEADER], parts));
        let saver = MemorySaver::new();
        let (graph, _) = orders(saver.clone());
        let imported = block_on(graph.import(&*file));
        if imported.is_err() {
            nothing(&saver);
        }
        imported
    };
    let whole = forged(9).unwrap();
    assert_eq!(block_on(whole.snapshot()).unwrap().unwrap().step, 7);
    let refused = forged(6).unwrap_err();
    assert!(matches!(refused, Error::Import(ImportError::Damaged { .. })), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_label_makes_a_thread_that_does_not_verify(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let whole = file(Past::Replied, Some(Keep::Last(3)));
        let mut parts = parts(&whole);
        for (part, byte, value) in changes {
            let part = part.index(parts.len());
            let label = &mut parts[part].0;
            let byte = byte.index(label.len());
            label[byte] = value;
        }
        sound(&forged(&whole[..HEADER], parts));
    }

    #[test]
    fn no_bytes_make_a_thread(bytes in proptest::collection::vec(any::<u8>(), 0..200), header: bool) {
        let whole = file(Past::Failed, None);
        let header = if header { &whole[..HEADER] } else { &[] };
        prop_assert!(!sound(&[header, &*bytes].concat()));
    }
}
