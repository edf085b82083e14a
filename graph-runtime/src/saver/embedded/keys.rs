//! Where what lies in the store's one tree.
//!
//! A key is a tag byte, then `graph NUL thread NUL`, then numbers or digests. Neither name holds a NUL and NUL sorts before every
//! other byte, so the names delimit themselves, keys sort as the ids do, and no thread's range reaches into another's. The number
//! of a checkpoint is its bytes without leading zeros, the greatest first, behind how many they are; so it delimits itself, too.
//! A value of several chunks has the first under its key, and the others behind it in the order of their numbers, 32 bits each.

use crate::{CheckpointId, StoreError, ThreadKey};
use std::ops::Range;

/// The one key that belongs to no thread: the format and the count of commits.
pub(super) const META: &[u8] = b"M";

/// Keys that hold nothing, between those of small values and those of records.
pub(super) fn padding(keys: u8) -> impl Iterator<Item = [u8; 2]> {
    (0..keys).map(|number| [PADDING, number])
}

const HEAD: u8 = b'H';
const PADDING: u8 = b'N';
const RECORD: u8 = b'R';
const PENDING: u8 = b'P';
const REQUEST: u8 = b'Q';
const DELIVERED: u8 = b'V';
/// The tags of the keys that belong to a thread.
const TAGS: [u8; 5] = [HEAD, RECORD, PENDING, REQUEST, DELIVERED];

/// The longest graph name, in bytes. An index page of sled holds 256 keys and must stay below 128 KiB, or it becomes a blob.
const GRAPH_BYTES: usize = 128;
const ID_BYTES: usize = 1 + size_of::<u64>();
/// The length of a digest of a name.
pub(super) const DIGEST_BYTES: usize = 16;

/// A thread's names, checked, as they stand in its keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Names(Vec<u8>);

impl Names {
    pub(super) fn of(key: &ThreadKey) -> Result<Names, StoreError> {
        let mut names = graph(&key.graph)?;
        names.extend_from_slice(key.thread.as_str().as_bytes());
        names.push(0);
        Ok(Names(names))
    }

    pub(super) fn head(&self) -> Vec<u8> {
        self.key(HEAD, &[])
    }

    pub(super) fn record(&self, id: CheckpointId) -> Vec<u8> {
        self.numbered(RECORD, id)
    }

    /// The records from `first` on that are older than `before`.
    pub(super) fn records(&self, first: CheckpointId, before: CheckpointId) -> Range<Vec<u8>> {
        self.record(first)..self.record(before)
    }

    /// Everything that belongs to one checkpoint.
    pub(super) fn checkpoint(&self, id: CheckpointId) -> [Range<Vec<u8>>; 2] {
        [prefix_range(self.record(id)), self.pendings(id)]
    }

    /// The checkpoint that a key within [`Names::records`] belongs to, and the number of the chunk, which the first has not.
    pub(super) fn record_id<'key>(&self, key: &'key [u8]) -> Option<(CheckpointId, &'key [u8])> {
        split_number(key.get(1 + self.0.len()..)?)
    }

    /// The key of a pending entry. The digest stands for the name so that no name makes the key too long.
    pub(super) fn pending(&self, id: CheckpointId, name: &str) -> Vec<u8> {
        let mut key = self.numbered(PENDING, id);
        key.extend_from_slice(&digest(name));
        key
    }

    /// The pending entries beside one checkpoint.
    pub(super) fn pendings(&self, id: CheckpointId) -> Range<Vec<u8>> {
        prefix_range(self.numbered(PENDING, id))
    }

    /// Whether a key within [`Names::pendings`] or [`Names::deliveries`] is that of an entry, and not of a further chunk.
    pub(super) fn is_entry(&self, key: &[u8]) -> bool {
        let rest = key.get(1 + self.0.len()..).unwrap_or_default();
        let name = if key.first() == Some(&PENDING) { split_number(rest).map(|(_, name)| name) } else { Some(rest) };
        name.is_some_and(|name| name.len() == DIGEST_BYTES)
    }

    pub(super) fn request(&self, request: &str) -> Vec<u8> {
        self.key(REQUEST, &digest(request))
    }

    /// The key of an entry that was delivered to the thread.
    pub(super) fn delivered(&self, name: &str) -> Vec<u8> {
        self.key(DELIVERED, &digest(name))
    }

    /// The entries that were delivered to the thread, behind the one with this name.
    pub(super) fn deliveries(&self, after: Option<&str>) -> Range<Vec<u8>> {
        let mut range = prefix_range(self.key(DELIVERED, &[]));
        if let Some(after) = after {
            range.start = prefix_range(self.delivered(after)).end;
        }
        range
    }

    /// Everything that belongs to the thread.
    pub(super) fn everything(&self) -> impl Iterator<Item = Range<Vec<u8>>> {
        TAGS.into_iter().map(|tag| prefix_range(self.key(tag, &[])))
    }

    fn numbered(&self, tag: u8, CheckpointId(id): CheckpointId) -> Vec<u8> {
        let bytes = id.to_be_bytes();
        let (_, bytes) = bytes.split_at(id.leading_zeros() as usize / 8);
        let mut key = self.key(tag, &[u8::try_from(bytes.len()).unwrap_or_default()]);
        key.extend_from_slice(bytes);
        key
    }

    fn key(&self, tag: u8, rest: &[u8]) -> Vec<u8> {
        // Room for an id, a digest and the number of a chunk, so that no key is moved while it grows.
        let mut key = Vec::with_capacity(1 + self.0.len() + ID_BYTES + DIGEST_BYTES + size_of::<u32>());
        key.push(tag);
        key.extend_from_slice(&self.0);
        key.extend_from_slice(rest);
        key
    }
}

/// Takes the number of a checkpoint off the end of a key.
fn split_number(bytes: &[u8]) -> Option<(CheckpointId, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (bytes, rest) = rest.split_at_checked(usize::from(*length))?;
    let id = bytes.iter().try_fold(0_u64, |id, byte| Some(id.checked_mul(256)? | u64::from(*byte)))?;
    Some((CheckpointId(id), rest))
}

/// The heads of a graph's threads after the given one.
pub(super) fn heads(graph_name: &str, after: Option<&str>) -> Result<Range<Vec<u8>>, StoreError> {
    let mut prefix = vec![HEAD];
    prefix.extend(graph(graph_name)?);
    let mut range = prefix_range(prefix);
    if let Some(after) = after {
        range.start.extend_from_slice(after.as_bytes());
        // The head of `after` ends in NUL, so the next possible key ends in 1.
        range.start.push(1);
    }
    Ok(range)
}

/// The thread that a key within [`heads`] belongs to.
pub(super) fn head_thread<'key>(graph: &str, key: &'key [u8]) -> Option<&'key str> {
    let thread = key.get(1 + graph.len() + 1..)?.strip_suffix(&[0])?;
    std::str::from_utf8(thread).ok()
}

fn graph(name: &str) -> Result<Vec<u8>, StoreError> {
    if name.contains('\0') || name.len() > GRAPH_BYTES {
        return Err(StoreError::InvalidGraphName { name: name.to_owned() });
    }
    let mut names = Vec::with_capacity(2 * (GRAPH_BYTES + 1));
    names.extend_from_slice(name.as_bytes());
    names.push(0);
    Ok(names)
}

/// All keys that start with a prefix. Every prefix holds a tag, which is below 255, so the end exists.
fn prefix_range(prefix: Vec<u8>) -> Range<Vec<u8>> {
    let mut end = prefix.clone();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    prefix..end
}

pub(super) fn digest(name: &str) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    blake3::Hasher::new().update(name.as_bytes()).finalize_xof().fill(&mut digest);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ThreadId;
    use proptest::prelude::*;

    /// Names that share prefixes often, with the bytes next to NUL and the longest characters.
    fn name() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![Just('\u{1}'), Just('a'), Just('b'), Just('\u{7f}'), Just('\u{10FFFF}')],
            1..5,
        )
        .prop_map(|characters| characters.into_iter().collect())
    }

    fn key() -> impl Strategy<Value = ThreadKey> {
        (name(), name()).prop_map(|(graph, thread)| ThreadKey {
            graph: graph.into(),
            thread: ThreadId::new(thread).expect("1 to 255 bytes"),
        })
    }

    fn keys(names: &Names, id: CheckpointId, text: &str) -> [Vec<u8>; 5] {
        let delivered = names.delivered(text);
        [names.head(), names.record(id), names.pending(id, text), names.request(text), delivered]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn the_ranges_of_a_thread_hold_its_keys_and_no_other(one in key(), other in key(), id: u64, text in name()) {
            let names = Names::of(&one).expect("valid names");
            let others = Names::of(&other).expect("valid names");
            let within = |key: &Vec<u8>| names.everything().filter(|range| range.contains(key)).count();
            for key in keys(&names, CheckpointId(id), &text) {
                prop_assert_eq!(within(&key), 1);
                prop_assert_ne!(&key[..], META);
            }
            for key in keys(&others, CheckpointId(id), &text) {
                prop_assert_eq!(within(&key) > 0, one == other);
            }
        }

        #[test]
        fn heads_sort_as_the_ids_and_give_them_back(one in key(), after in name()) {
            let names = Names::of(&one).expect("valid names");
            let head = names.head();
            prop_assert_eq!(head_thread(&one.graph, &head), Some(one.thread.as_str()));
            prop_assert!(heads(&one.graph, None).expect("a valid name").contains(&head));
            let later = heads(&one.graph, Some(&after)).expect("a valid name");
            prop_assert_eq!(later.contains(&head), one.thread.as_str() > after.as_str());
        }

        #[test]
        fn records_sort_as_their_numbers_and_give_them_back(one in key(), id: u64, first: u64, before: u64) {
            let names = Names::of(&one).expect("valid names");
            let record = names.record(CheckpointId(id));
            prop_assert_eq!(names.record_id(&record), Some((CheckpointId(id), &[][..])));
            let chunk = [&record[..], &[0, 0, 0, 1]].concat();
            prop_assert_eq!(names.record_id(&chunk), Some((CheckpointId(id), &[0, 0, 0, 1][..])));
            let records = names.records(CheckpointId(first), CheckpointId(before));
            prop_assert_eq!(records.contains(&record), (first..before).contains(&id));
            prop_assert_eq!(records.contains(&chunk), (first..before).contains(&id));
        }

        #[test]
        fn deliveries_begin_behind_a_name(one in key(), text in name(), after in name()) {
            let names = Names::of(&one).expect("valid names");
            let entry = names.delivered(&text);
            prop_assert!(names.deliveries(None).contains(&entry));
            prop_assert_eq!(names.deliveries(Some(&after)).contains(&entry), digest(&text) > digest(&after));
            let chunk = [&entry[..], &[0, 0, 0, 1]].concat();
            prop_assert_eq!(names.deliveries(Some(&after)).contains(&chunk), digest(&text) > digest(&after));
            prop_assert!(names.is_entry(&entry) && !names.is_entry(&chunk));
        }

        #[test]
        fn a_checkpoint_has_its_record_and_its_entries(one in key(), id: u64, other: u64, text in name()) {
            let names = Names::of(&one).expect("valid names");
            for key in [names.record(CheckpointId(id)), names.pending(CheckpointId(id), &text)] {
                let within = |id| names.checkpoint(CheckpointId(id)).iter().filter(|range| range.contains(&key)).count();
                prop_assert_eq!((within(id), within(other)), (1, usize::from(id == other)));
            }
        }

        #[test]
        fn entries_beside_a_checkpoint_are_its_own(one in key(), id: u64, other: u64, text in name()) {
            let names = Names::of(&one).expect("valid names");
            let entry = names.pending(CheckpointId(id), &text);
            prop_assert_eq!(names.pendings(CheckpointId(other)).contains(&entry), id == other);
            let chunk = [&entry[..], &[0, 0, 0, 1]].concat();
            prop_assert_eq!(names.pendings(CheckpointId(other)).contains(&chunk), id == other);
            prop_assert!(names.is_entry(&entry) && !names.is_entry(&chunk));
        }
    }
}
