//! What the sled saver promises of its directory: one owner, nothing lost, nothing destroyed.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Commit, SledSaver, StoreError, ThreadKey};
use graph_tests::{append, pending, record, thread, thread_of};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use tempfile::TempDir;

const ROLE: &str = "GRAPH_TESTS_ROLE";
const STORE: &str = "GRAPH_TESTS_STORE";

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    (directory, store)
}

fn write(saver: &SledSaver, thread: &ThreadKey, numbers: std::ops::RangeInclusive<u64>, bytes: usize) {
    for number in numbers {
        block_on(saver.append(append(thread, number, bytes, Commit::Synced))).unwrap();
    }
}

/// The newest number of a thread, after every record up to it was compared.
fn newest(saver: &SledSaver, thread: &ThreadKey, bytes: usize) -> u64 {
    block_on(async {
        let newest = saver.head(thread).await.unwrap().map_or(0, |head| head.checkpoint.0);
        let records = saver.range(thread, None, usize::MAX).await.unwrap();
        let wanted: Vec<_> =
            (1..=newest).rev().map(|number| (CheckpointId(number), record(thread, number, bytes))).collect();
        assert!(records == wanted, "the records up to {newest} are not what was written");
        newest
    })
}

/// Every file below a directory, with its bytes.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
            files.insert(path, Vec::new());
        } else {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
    files
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

/// Starts this test binary again in another role.
fn start(role: &str, store: &Path) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(STORE, store)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdin, stdout)
}

/// Reads until a line that ends in the given word: the test harness may have begun the line.
fn wait_for(stdout: &mut BufReader<ChildStdout>, word: &str) {
    let mut line = String::new();
    while !line.trim_end().ends_with(word) {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the child ended before it said `{word}`");
    }
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let (Some(role), Some(store)) = (std::env::var_os(ROLE), std::env::var_os(STORE)) else {
        return;
    };
    if role == *"hold" {
        hold(&store);
    } else {
        write_until_killed(&store);
    }
}

fn hold(store: &OsString) {
    let _saver = SledSaver::open(store).unwrap();
    println!("\nheld");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_store_that_another_process_holds_is_busy_until_that_process_is_gone() {
    let (_directory, store) = directory();
    let (mut child, stdin, mut stdout) = start("hold", &store);
    wait_for(&mut stdout, "held");
    match SledSaver::open(&store) {
        Err(StoreError::Busy { holder, path }) => {
            assert_eq!(holder, format!("process {}", child.id()));
            assert_eq!(path, store.display().to_string());
        }
        other => panic!("{other:?}"),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    SledSaver::open(&store).unwrap();
}

#[test]
fn a_store_that_this_process_holds_is_busy_until_the_last_handle_is_dropped() {
    let (_directory, store) = directory();
    let first = SledSaver::open(&store).unwrap();
    let second = first.clone();
    drop(first);
    match SledSaver::open(&store) {
        Err(StoreError::Busy { holder, .. }) => assert_eq!(holder, "another handle in this process"),
        other => panic!("{other:?}"),
    }
    drop(second);
    SledSaver::open(&store).unwrap();
}

#[test]
fn what_is_not_a_store_is_refused_and_left_as_it_is() {
    let (directory, store) = directory();
    let path = |name| directory.path().join(name);
    fs::write(path("file"), "x").unwrap();
    for (name, content, lock) in [
        ("foreign", "notes.txt", None),
        ("foreign-lock", "owner.lock", Some("1234\n")),
        ("empty-foreign-lock", "state", Some("")),
    ] {
        fs::create_dir(path(name)).unwrap();
        fs::write(path(name).join(content), "x").unwrap();
        if let Some(lock) = lock {
            fs::write(path(name).join("owner.lock"), lock).unwrap();
        }
    }
    write(&SledSaver::open(path("without-lock")).unwrap(), &thread("one"), 1..=1, 10);
    fs::remove_file(path("without-lock").join("owner.lock")).unwrap();
    for name in ["file", "foreign", "foreign-lock", "empty-foreign-lock", "without-lock"] {
        let before = files(directory.path());
        let opened = SledSaver::open(directory.path().join(name));
        assert!(matches!(opened, Err(StoreError::NotAStore { .. })), "{name}: {opened:?}");
        assert!(files(directory.path()) == before, "{name} was changed");
    }
    fs::create_dir(&store).unwrap();
    SledSaver::open(&store).unwrap();
    fs::write(store.join("README"), "a store may hold a note").unwrap();
    SledSaver::open(&store).unwrap();
}

#[test]
fn a_setup_that_was_interrupted_is_done_again() {
    let (_directory, store) = directory();
    fs::create_dir(&store).unwrap();
    fs::write(store.join("owner.lock"), "graph-run").unwrap();
    drop(SledSaver::open(&store).unwrap());
    fs::rename(store.join("sled"), store.join("sled.new")).unwrap();
    fs::write(store.join("sled.new/conf"), "torn").unwrap();
    let saver = SledSaver::open(&store).unwrap();
    write(&saver, &thread("one"), 1..=3, 10);
    assert!(!store.join("sled.new").exists());
}

#[test]
fn a_snapshot_that_an_interrupted_open_left_torn_is_no_obstacle() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&SledSaver::open(&store).unwrap(), &one, 1..=5, 300);
    fs::write(store.join("sled/snap.FFFFFFFFFFFFFFFF.generating"), "torn").unwrap();
    assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 5);
}

#[test]
fn a_store_that_went_back_is_told_and_can_be_accepted() {
    let (directory, store) = directory();
    let one = thread("one");
    write(&SledSaver::open(&store).unwrap(), &one, 1..=10, 300);
    let old = directory.path().join("old");
    copy(&store.join("sled"), &old);
    write(&SledSaver::open(&store).unwrap(), &one, 11..=20, 300);
    fs::remove_dir_all(store.join("sled")).unwrap();
    copy(&old, &store.join("sled"));
    for _ in 0..2 {
        let opened = SledSaver::open(&store);
        assert!(matches!(opened, Err(StoreError::RolledBack { at_least: 20, found: 10 })), "{opened:?}");
    }
    let saver = SledSaver::options().accept_rollback(true).open(&store).unwrap();
    assert_eq!(newest(&saver, &one, 300), 10);
    drop(saver);
    let saver = SledSaver::open(&store).unwrap();
    write(&saver, &one, 11..=12, 300);
    drop(saver);

    fs::remove_dir_all(store.join("sled")).unwrap();
    let opened = SledSaver::open(&store);
    assert!(matches!(opened, Err(StoreError::RolledBack { at_least: 12, found: 0 })), "{opened:?}");
    drop(SledSaver::options().accept_rollback(true).open(&store).unwrap());
    assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 0);
}

#[test]
fn a_damaged_watermark_alone_is_no_obstacle() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&SledSaver::open(&store).unwrap(), &one, 1..=5, 300);
    let mark = fs::read(store.join("watermark")).unwrap();
    for at in 0..mark.len() {
        fs::write(store.join("watermark"), &mark[..at]).unwrap();
        assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 5);
        let mut flipped = mark.clone();
        flipped[at] ^= 0x40;
        fs::write(store.join("watermark"), flipped).unwrap();
        assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 5);
    }
}

#[test]
fn a_record_above_the_limit_is_refused_and_nothing_is_written() {
    let (_directory, store) = directory();
    let one = thread("one");
    let saver = SledSaver::options().record_limit(1000).open(&store).unwrap();
    write(&saver, &one, 1..=1, 1000);
    let large = block_on(saver.append(append(&one, 2, 1001, Commit::Synced)));
    assert!(matches!(large, Err(StoreError::TooLarge { bytes: 1001, limit: 1000 })), "{large:?}");
    let large = block_on(saver.put_pending(pending(&one, 1, "a", vec![0; 1000])));
    assert!(matches!(large, Err(StoreError::TooLarge { .. })), "{large:?}");
    assert_eq!(newest(&saver, &one, 1000), 1);
    assert_eq!(block_on(saver.pending(&one, CheckpointId(1))).unwrap(), []);
}

#[test]
fn a_graph_name_that_no_key_can_hold_is_refused() {
    let (_directory, store) = directory();
    let saver = SledSaver::open(&store).unwrap();
    for name in ["a\0b", &"x".repeat(129)] {
        let key = thread_of(name, "one");
        let refused = block_on(saver.append(append(&key, 1, 10, Commit::Synced)));
        assert!(matches!(refused, Err(StoreError::InvalidGraphName { .. })), "{refused:?}");
        let refused = block_on(saver.threads(name, None, 1));
        assert!(matches!(refused, Err(StoreError::InvalidGraphName { .. })), "{refused:?}");
    }
}

#[test]
fn no_size_and_no_name_makes_a_blob() {
    let (_directory, store) = directory();
    let saver = SledSaver::options().queue_bytes(1 << 20).open(&store).unwrap();
    let graph = "G".repeat(128);
    let mut keys = Vec::new();
    for id in 0..400_u32 {
        // Long ids that differ at both ends leave sled no prefix to share.
        keys.push(thread_of(&graph, &format!("{id:05}{}{id:05}", "x".repeat(245))));
    }
    for number in 1..=3 {
        for key in &keys {
            block_on(saver.append(append(key, number, 4089, Commit::Written))).unwrap();
        }
    }
    let one = thread("one");
    for (number, bytes) in (1..).zip([4087, 4088, 4089, 65_535, 65_536, 300_000, 1_000_000]) {
        block_on(saver.append(append(&one, number, bytes, Commit::Written))).unwrap();
    }
    block_on(saver.flush()).unwrap();
    assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
    for key in &keys {
        assert_eq!(newest(&saver, key, 4089), 3);
    }
    drop(saver);
    let saver = SledSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.get(&one, CheckpointId(7))).unwrap(), Some(record(&one, 7, 1_000_000)));
    assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
}

#[test]
fn a_drop_makes_what_was_written_durable_also_within_a_future() {
    let (_directory, store) = directory();
    let one = thread("one");
    for round in 0..5 {
        block_on(async {
            let saver = SledSaver::options().flush_delay(Duration::from_secs(60)).open(&store).unwrap();
            for number in round * 10 + 1..=round * 10 + 10 {
                drop(saver.append(append(&one, number, 300, Commit::Written)));
            }
        });
    }
    assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 50);
}

/// A task that runs once: waking it only drops it.
struct Once(Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Wake for Once {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn the_last_handle_may_be_dropped_by_the_committer_itself() {
    let (_directory, store) = directory();
    let one = thread("one");
    let saver = SledSaver::open(&store).unwrap();
    let key = one.clone();
    let future = async move { saver.append(append(&key, 1, 300, Commit::Synced)).await.unwrap() };
    let task = Arc::new(Once(Mutex::new(Box::pin(future))));
    let waker = Waker::from(Arc::clone(&task));
    let poll = task.0.lock().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    // Now the committer's answer alone keeps the task, and the task the store.
    drop((task, waker));
    let saver = loop {
        match SledSaver::open(&store) {
            Err(StoreError::Busy { .. }) => {}
            opened => break opened.unwrap(),
        }
    };
    assert_eq!(newest(&saver, &one, 300), 1);
}

#[test]
fn a_full_queue_makes_writers_wait_and_lets_them_go_on() {
    let (_directory, store) = directory();
    let saver = SledSaver::options().queue_bytes(10_000).flush_delay(Duration::from_secs(60)).open(&store).unwrap();
    std::thread::scope(|scope| {
        for id in 0..4 {
            let saver = saver.clone();
            scope.spawn(move || {
                let key = thread(&format!("t{id}"));
                for number in 1..=100 {
                    block_on(saver.append(append(&key, number, 3000, Commit::Written))).unwrap();
                }
                assert_eq!(newest(&saver, &key, 3000), 100);
            });
        }
    });
}

#[test]
fn a_nearly_full_disk_refuses_writes_without_harm() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&SledSaver::open(&store).unwrap(), &one, 1..=2, 300);
    let saver = SledSaver::options().reserve_bytes(u64::MAX).open(&store).unwrap();
    let refused = block_on(saver.append(append(&one, 3, 300, Commit::Synced)));
    assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
    assert_eq!(newest(&saver, &one, 300), 2);
    // A delete makes room, so it is never refused for the lack of it.
    block_on(saver.delete(&one)).unwrap();
    assert_eq!(newest(&saver, &one, 300), 0);
}

/// A small file system of its own; unmounted when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(directory.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(SmallDisk(directory))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount() else {
        println!("not run: mounting a small file system needs root");
        return;
    };
    let store = disk.0.path().join("store");
    let filler = disk.0.path().join("filler");
    fs::write(&filler, vec![1; 4 << 20]).unwrap();
    let one = thread("one");
    let saver = SledSaver::options().reserve_bytes(0).open(&store).unwrap();
    let mut acknowledged = 0;
    let failed = loop {
        match block_on(saver.append(append(&one, acknowledged + 1, 30_000, Commit::Synced))) {
            Ok(()) => acknowledged += 1,
            Err(error) => break error,
        }
        assert!(acknowledged < 2000, "24 MB hold 60");
    };
    assert!(matches!(failed, StoreError::Full { .. } | StoreError::Failed { .. }), "{failed:?}");
    fs::remove_file(&filler).unwrap();
    let next = block_on(saver.append(append(&one, acknowledged + 1, 10, Commit::Written)));
    assert!(matches!(next, Err(StoreError::Poisoned { .. })), "{next:?}");
    let flush = block_on(saver.flush());
    assert!(matches!(flush, Err(StoreError::Poisoned { .. })), "{flush:?}");
    let read = block_on(saver.get(&one, CheckpointId(1)));
    assert!(matches!(&read, Ok(Some(bytes)) if *bytes == record(&one, 1, 30_000)) || read.is_err(), "{read:?}");
    drop(saver);
    let saver = SledSaver::options().reserve_bytes(0).open(&store).unwrap();
    let found = newest(&saver, &one, 30_000);
    assert!(found >= acknowledged, "{found} of {acknowledged}");
    write(&saver, &one, found + 1..=found + 1, 30_000);
}

const KILL_THREADS: u64 = 3;
/// A thread that is deleted whenever it has five checkpoints.
const REBORN: &str = "reborn";

/// Appends to several threads side by side, of sizes of one and of many chunks, and says what was acknowledged.
fn write_until_killed(store: &OsString) {
    println!("\nopening");
    let saver = SledSaver::open(store).unwrap();
    println!("opened");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let key = thread(REBORN);
            loop {
                let newest = block_on(saver.head(&key)).unwrap().map_or(0, |head| head.checkpoint.0);
                write(&saver, &key, newest + 1..=newest.max(5), 9000);
                block_on(saver.delete(&key)).unwrap();
            }
        });
        for id in 0..KILL_THREADS {
            let saver = saver.clone();
            scope.spawn(move || {
                let key = thread(&format!("t{id}"));
                let bytes = kill_bytes(id);
                let newest = block_on(saver.head(&key)).unwrap().map_or(0, |head| head.checkpoint.0);
                for number in newest + 1.. {
                    let commit = if number % 4 == 0 { Commit::Written } else { Commit::Synced };
                    block_on(saver.append(append(&key, number, bytes, commit))).unwrap();
                    if commit == Commit::Synced {
                        println!("ack {id} {number}");
                    }
                }
            });
        }
    });
}

fn kill_bytes(id: u64) -> usize {
    [300, 5000, 40_000][usize::try_from(id).unwrap()]
}

#[test]
fn what_was_acknowledged_survives_kills() {
    let rounds = std::env::var("GRAPH_TESTS_KILLS").map_or(60, |kills| kills.parse().expect("a number of kills"));
    let (_directory, store) = directory();
    let mut acknowledged = [0_u64; 3];
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut in_open = 0;
    for round in 0..rounds {
        let (mut child, _stdin, mut stdout) = start("write", &store);
        wait_for(&mut stdout, "opening");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // Two of three kills are aimed at the open and what it recovers; the others fall among the commits.
        let at_most = if random % 3 == 0 {
            wait_for(&mut stdout, "opened");
            50_000
        } else {
            15_000
        };
        std::thread::sleep(Duration::from_micros(random / 3 % at_most));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        in_open += u32::from(!said.contains("ack"));
        for line in said.lines() {
            // A line that was cut off by the kill lacks its end and is left out.
            if let Some((id, number)) = line.strip_prefix("ack ").and_then(|ack| ack.split_once(' '))
                && said.contains(&format!("{line}\n"))
            {
                let id: usize = id.parse().unwrap();
                acknowledged[id] = acknowledged[id].max(number.parse().unwrap());
            }
        }
        // Not after each round, so that kills fall on recoveries of recoveries.
        if round % 5 == 4 || round + 1 == rounds {
            let saver = SledSaver::open(&store).unwrap_or_else(|error| panic!("after {round} kills: {error}"));
            for id in 0..KILL_THREADS {
                let at = newest(&saver, &thread(&format!("t{id}")), kill_bytes(id));
                let at_least = acknowledged[usize::try_from(id).unwrap()];
                assert!(at >= at_least, "after {round} kills thread {id} is at {at}, and {at_least} was acknowledged");
            }
            assert!(newest(&saver, &thread(REBORN), 9000) <= 5);
            assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
        }
    }
    println!("{rounds} kills, {in_open} before the first acknowledgement; {acknowledged:?} acknowledged, none lost");
}
