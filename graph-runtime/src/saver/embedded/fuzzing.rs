//! Properties of keys and small values, for any bytes.

use super::keys::{self, Names};
use super::{frame, head, listing};
use crate::{CheckpointId, ThreadId, ThreadKey};

/// Keys give their names back and sort as they do; a value that is read is written as it was.
pub(crate) fn keys(bytes: &[u8]) {
    values(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.split('/');
    let mut word = || words.next().unwrap_or_default();
    let (graph, one, other) = (word(), word(), word());
    foreign(graph, bytes);
    let (Some((one, names)), Some((other, others))) = (named(graph, one), named(graph, other)) else { return };
    assert_eq!(keys::head_thread(graph, &names.head()), Some(one.as_str()));
    assert_eq!(names.head().cmp(&others.head()), one.cmp(&other), "keys sort as the ids");
    let id = bytes.iter().rev().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let record = names.record(CheckpointId(id));
    assert_eq!(names.record_id(&record), Some((CheckpointId(id), &[][..])));
    for name in words {
        let id = CheckpointId(id);
        for key in [names.head(), names.record(id), names.pending(id, name), names.request(name), names.delivered(name)]
        {
            assert_eq!(names.everything().filter(|range| range.contains(&key)).count(), 1);
            let within = others.everything().any(|range| range.contains(&key));
            assert_eq!(within, one == other, "no thread reaches into another");
        }
    }
}

fn named(graph: &str, thread: &str) -> Option<(ThreadId, Names)> {
    let thread = ThreadId::new(thread).ok()?;
    let names = Names::of(&ThreadKey { graph: graph.into(), thread: thread.clone() }).ok()?;
    Some((thread, names))
}

/// Keys that somebody else may have written.
fn foreign(graph: &str, key: &[u8]) {
    if keys::heads(graph, None).is_ok_and(|heads| heads.contains(&key.to_vec()))
        && let Some(id) = keys::head_thread(graph, key)
        && let Some((_, names)) = named(graph, id)
    {
        assert_eq!(names.head(), key);
        let _ = (names.record_id(key), names.is_entry(key));
    }
}

fn values(bytes: &[u8]) {
    if let Ok(found) = head::decode(bytes) {
        assert_eq!(head::encode(&found), bytes);
    }
    if let Ok((name, value)) = listing::named(bytes) {
        let length = u32::try_from(name.len()).expect("it was read from 32 bits").to_be_bytes();
        assert_eq!([&length, name.as_bytes(), &value].concat(), bytes);
    }
    assert!(frame::open_small(b"key", bytes).is_err() || bytes.len() >= 5);
}
