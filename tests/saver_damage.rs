//! Flipped and lost bytes in an engine's own files: an error, or what was written; never other bytes, a panic or a hang.

use futures_lite::future::block_on;
use graph_runtime::{Append, CheckpointId, Commit, StoreError};
use graph_tests::reader::Reader;
use graph_tests::stores::open_store;
use graph_tests::{append, child_store, head, pending, record, thread};
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// The threads of the store, with the number of their records and the size of each.
const THREADS: [(&str, u64, usize); 3] = [("small", 60, 300), ("middle", 12, 5000), ("large", 3, 40_000)];

/// What a trial found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Intact,
    Refused,
    PartlyRefused,
}

fn build(store: &Path) {
    let saver = open_store(store).unwrap();
    for (id, records, bytes) in THREADS {
        let key = thread(id);
        for number in 1..=records {
            let request = Some(format!("r{number}").into());
            block_on(saver.append(Append { request, ..append(&key, number, bytes, Commit::Written) })).unwrap();
            if number % 7 == 0 {
                block_on(saver.flush()).unwrap();
            }
        }
        block_on(saver.put_pending(pending(&key, records, "p", record(&key, 0, bytes)))).unwrap();
    }
}

/// Opens a damaged store and compares everything that it gives.
fn read_all(store: &Path) -> Result<Found, String> {
    let saver = match open_store(store) {
        Ok(saver) => saver,
        Err(StoreError::NotAStore { .. } | StoreError::Busy { .. } | StoreError::Poisoned { .. }) => {
            return Err("refused for a wrong reason".to_owned());
        }
        Err(_) => return Ok(Found::Refused),
    };
    let mut refused = false;
    let mut compare = |what: &str, same: Result<bool, StoreError>| match same {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("{what} is not what was written")),
        Err(_) => {
            refused = true;
            Ok(())
        }
    };
    block_on(async {
        let mut wanted = Vec::new();
        for (id, records, bytes) in THREADS {
            let key = thread(id);
            wanted.push((key.thread.clone(), head(records)));
            compare("a head", saver.head(&key).await.map(|found| found == Some(head(records))))?;
            for number in 1..=records {
                let found = saver.get(&key, CheckpointId(number)).await;
                compare("a record", found.map(|found| found == Some(record(&key, number, bytes))))?;
                let found = saver.request(&key, &format!("r{number}")).await;
                compare("a request", found.map(|found| found == Some(CheckpointId(number))))?;
            }
            let all: Vec<_> =
                (1..=records).rev().map(|number| (CheckpointId(number), record(&key, number, bytes))).collect();
            compare("a range", saver.range(&key, None, usize::MAX).await.map(|found| found == all))?;
            let entries = [("p".to_owned(), record(&key, 0, bytes))];
            compare("a pending entry", saver.pending(&key, CheckpointId(records)).await.map(|found| found == entries))?;
        }
        wanted.sort_by(|one, other| one.0.cmp(&other.0));
        compare("the list of threads", saver.threads("Agent", None, 9).await.map(|found| found == wanted))
    })?;
    Ok(if refused { Found::PartlyRefused } else { Found::Intact })
}

/// Reads stores on demand, in a process of its own: a hang or an abort ends only that process.
#[test]
fn child() {
    if child_store().is_none() {
        return;
    }
    // The engines' panics are caught; what they print is of no use here.
    std::panic::set_hook(Box::new(|_| ()));
    println!();
    for store in std::io::stdin().lines() {
        let store = store.unwrap();
        let read = || std::panic::catch_unwind(AssertUnwindSafe(|| read_all(Path::new(&store))));
        // Twice: an open that recovers must not make the next one worse.
        match (read(), read()) {
            (Ok(Ok(found)), Ok(Ok(_))) => println!("found {found:?}"),
            wrong => println!("found {wrong:?}"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip { at: usize, bit: u8 },
    Truncate { at: usize },
    Sector { at: usize },
}

impl Damage {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            Damage::Flip { at, bit } => bytes[at] ^= 1 << bit,
            Damage::Truncate { at } => bytes.truncate(at),
            Damage::Sector { at } => {
                let end = bytes.len().min(at + 512);
                bytes[at..end].fill(0);
            }
        }
    }
}

fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 1).unwrap()
}

/// One place in one file, nine of ten times where a byte is not zero: most of a log is padding.
fn choose(state: &mut u64, files: &[(PathBuf, Vec<u8>)], truncate: bool) -> (usize, Damage) {
    // Small files are hit as often as the log.
    let file = random(state) % files.len();
    let bytes = &files[file].1;
    let mut at = random(state) % bytes.len();
    if !random(state).is_multiple_of(10) {
        at = (at..bytes.len()).chain(0..at).find(|at| bytes[*at] != 0).unwrap_or(at);
    }
    let damage = match random(state) % 10 {
        _ if truncate => Damage::Truncate { at },
        0 => Damage::Sector { at: at / 512 * 512 },
        bit => Damage::Flip { at, bit: u8::try_from(bit % 8).unwrap() },
    };
    (file, damage)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Damages copies of a store in that many places and reads them.
fn trials(engine: &str, reopened: bool, flips: usize, truncations: usize, seed: u64) {
    // In memory where there is such a place: a sync per copy would only cost time.
    let base = Path::new("/dev/shm");
    let directory = if base.is_dir() { tempfile::tempdir_in(base) } else { tempfile::tempdir() }.unwrap();
    let original = directory.path().join("original").join(engine);
    fs::create_dir_all(original.parent().unwrap()).unwrap();
    build(&original);
    if reopened {
        // Now sled has a snapshot of everything, not of its setup alone, and redb has checked all that it has.
        drop(open_store(&original).unwrap());
    }
    let place = original.join(engine);
    let mut files = if place.is_dir() {
        fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
    } else {
        vec![place]
    };
    files.sort();
    let files: Vec<_> = files
        .into_iter()
        .map(|path| (path.strip_prefix(&original).unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    println!("{:?}", files.iter().map(|(name, bytes)| (name, bytes.len())).collect::<Vec<_>>());
    if engine == "sled" && reopened {
        assert!(files.iter().any(|(name, _)| name.to_string_lossy().contains("snap.")));
    }

    let mut state = seed;
    let mut reader = Reader::start(Path::new(""));
    let mut counts = [0_u32; 3];
    for trial in 0..flips + truncations {
        let (file, damage) = choose(&mut state, &files, trial >= flips);
        let store = directory.path().join(format!("trial-{trial}")).join(engine);
        copy(&original, &store);
        let (name, bytes) = &files[file];
        let mut bytes = bytes.clone();
        damage.apply(&mut bytes);
        fs::write(store.join(name), bytes).unwrap();
        let found = reader.read(&store);
        let kinds = [Found::Intact, Found::Refused, Found::PartlyRefused];
        let kind = kinds.iter().position(|kind| found == format!("{kind:?}"));
        let kind = kind.unwrap_or_else(|| panic!("trial {trial}, {damage:?} of `{}`: {found}", name.display()));
        counts[kind] += 1;
        fs::remove_dir_all(store.parent().unwrap()).unwrap();
    }
    let [intact, refused, partly] = counts;
    println!(
        "{flips} flips and {truncations} truncations: {intact} intact, {refused} refused, {partly} refused in part"
    );
    assert!(refused + partly > 0, "no damage was noticed");
}

fn all() -> usize {
    std::env::var("GRAPH_TESTS_DAMAGES").map_or(2000, |trials| trials.parse().expect("a number of trials"))
}

#[test]
fn damage_to_a_log_is_an_error_or_harmless() {
    trials("sled", false, all() / 2, all() / 20, 0x9E37_79B9_7F4A_7C15);
}

#[test]
fn damage_to_a_log_with_a_snapshot_is_an_error_or_harmless() {
    trials("sled", true, all() / 2, all() / 20, 0x2545_F491_4F6C_DD1D);
}

#[test]
fn damage_to_a_file_of_pages_is_an_error_or_harmless() {
    trials("redb", true, all() / 4, all() / 40, 0xD1B5_4A32_D192_ED03);
}
