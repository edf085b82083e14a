//! Damage to any file of a store that holds a bit of everything: an error, or what was written; never another state, a panic or a hang.
//!
//! The store has threads with changes and whole states, one whose state is cut into chunks, one with a leap, one that waits, one with a reply that
//! nobody has taken, one that failed with entries of its finished tasks and effects, and one that was pruned. A copy is damaged,
//! opened, read, verified and driven on, in another process that is watched. By default a sample of all places; with another
//! number of them for each file and kind of damage, or all:
//!
//! ```text
//! STORE_DAMAGE=all cargo test -p graph-tests --test store_damage -- --nocapture
//! ```

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::{StreamExt, future::block_on};
use graph_runtime::{
    BoxError, Ctx, Error, Graph, GraphState, Keep, Status, StoreError, ThreadId, ThreadKey, Update, graph,
};
use graph_tests::child_store;
use graph_tests::reader::Reader;
use graph_tests::stores::Embedded;
use std::collections::BTreeMap;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const SECTOR: usize = 512;
/// The kind of a record with a leap.
const LEAP: u8 = 3;
/// A state with a body of this size stays as large, so that a leap leads over what changes beside it.
const LEAPS: usize = 33_000;

#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
struct Mixed {
    goal: u32,
    count: u32,
    /// How long the body gets.
    size: usize,
    body: String,
    #[reduce(append)]
    notes: Vec<String>,
    #[reduce(merge)]
    places: BTreeMap<u32, String>,
    #[reduce(append)]
    heard: Vec<String>,
}

/// Whether the right branch fails.
struct Fails(bool);

fn add(mixed: &Mixed) -> impl Update<Mixed> + use<> {
    let count = mixed.count;
    let update =
        Mixed::update().count(count + 1).notes([format!("note {count}")]).places([(count % 7, format!("at {count}"))]);
    let written = count.is_multiple_of(3) && (count == 0 || mixed.size < LEAPS);
    update.maybe_body(written.then(|| format!("{count:08}").repeat(mixed.size / 8)))
}

fn more(mixed: &Mixed) -> bool {
    mixed.count < mixed.goal
}

async fn left(_: &Mixed, cx: &Ctx<Fails>) -> Result<impl Update<Mixed> + use<>, BoxError> {
    let receipt = cx.once("charge", &1, async |_| Ok::<_, BoxError>(7)).await?;
    Ok(Mixed::update().heard([format!("left {receipt}")]))
}

async fn right(_: &Mixed, cx: &Ctx<Fails>) -> Result<impl Update<Mixed> + use<>, BoxError> {
    if cx.context().0 {
        return Err("told to fail".into());
    }
    Ok(Mixed::update().heard(["right".to_owned()]))
}

fn approve(_: &Mixed, reply: &String) -> impl Update<Mixed> + use<> {
    Mixed::update().heard([reply.clone()])
}

graph! {
    graph Mixing<Mixed, Fails>;
    node add, left, right;
    pause approve(String);
    start -> add -> match more { true => add, false => (left, right) -> approve -> end };
}

fn graph(store: &Embedded, fails: bool) -> Graph<Mixing> {
    store.under(Mixing::builder().context(Fails(fails))).build()
}

/// What an undamaged store says of a thread: its checkpoints, the newest first, and the state at its end.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Known {
    history: Vec<String>,
    end: String,
}

type All = BTreeMap<String, Known>;

fn begin(goal: u32, size: usize) -> impl Update<Mixed> {
    Mixed::update().goal(goal).size(size)
}

/// Fills the store in two sittings, and keeps a copy of its files as they are between them.
fn build(store: &Path, old: &Path) {
    let opened = Embedded::open(store, false).unwrap();
    let mixing = graph(&opened, false);
    block_on(async {
        for (id, goal, size) in [("changes", 24, 8), ("large", 3, 20_000), ("leaps", 45, LEAPS)] {
            let thread = mixing.thread(id);
            let _ = thread.invoke(begin(goal, size)).request_id("r").await.unwrap();
            thread.reply(MixingReply::Approve("yes".to_owned())).await.unwrap().finished().unwrap();
        }
        let _ = mixing.thread("waits").invoke(begin(4, 100)).await.unwrap();
    });
    drop((mixing, opened));
    copy(store, old);

    let opened = Embedded::open(store, false).unwrap();
    let mixing = graph(&opened, false);
    block_on(async {
        let replied = mixing.thread("replied");
        let _ = replied.invoke(begin(2, 100)).tag("kind", "replied").await.unwrap();
        replied.reply(MixingReply::Approve("surely".to_owned())).deliver().await.unwrap();
        let pruned = mixing.thread("pruned");
        let _ = pruned.invoke(begin(12, 300)).await.unwrap();
        pruned.prune(Keep::Last(4)).await.unwrap();
        let failing = graph(&opened, true);
        failing.thread("failed").invoke(begin(2, 100)).await.unwrap_err();
        let _ = mixing.thread("changes").invoke(begin(30, 8)).await.unwrap();
        let leaps = ThreadKey { graph: "Mixing".into(), thread: ThreadId::new("leaps").unwrap() };
        let records = opened.saver().range(&leaps, None, usize::MAX).await.unwrap();
        assert!(records.iter().any(|(_, record)| record[3] == LEAP), "no record has a leap");
    });
}

/// Reads what a whole store says.
fn known(store: &Path) -> All {
    let opened = Embedded::open(store, false).unwrap();
    let mixing = graph(&opened, false);
    block_on(async {
        let ids: Vec<String> = mixing.threads().map(|thread| thread.unwrap().id.to_string()).collect().await;
        let mut all = All::new();
        for id in ids {
            let (history, broken) = history(&mixing, &id).await;
            assert!(broken.is_none());
            let end = drive(&mixing, &id).await.unwrap();
            all.insert(id, Known { history, end });
        }
        all
    })
}

/// The checkpoints of a thread, as far as they can be read.
async fn history(mixing: &Graph<Mixing>, id: &str) -> (Vec<String>, Option<Error>) {
    let mut history = mixing.thread(id).history();
    let mut lines = Vec::new();
    while let Some(next) = history.next().await {
        match next {
            Ok(at) => lines.push(format!("{at:?}")),
            Err(error) => return (lines, Some(error)),
        }
    }
    (lines, None)
}

/// Brings a thread to its end, and returns its state.
async fn drive(mixing: &Graph<Mixing>, id: &str) -> Result<String, Error> {
    let thread = mixing.thread(id);
    loop {
        let Some(at) = thread.snapshot().await? else { return Ok("there is no such thread".to_owned()) };
        if at.status == Status::Finished {
            return Ok(format!("{:?}", at.state));
        } else if at.waiting.is_empty() {
            thread.resume().await.map(drop)?;
        } else {
            thread.reply(MixingReply::Approve("at last".to_owned())).await.map(drop)?;
        }
    }
}

/// What a trial found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Intact,
    /// The store does not open, and says why.
    Refused,
    /// The store says that it holds less than it acknowledged.
    RolledBack,
    /// Some of it cannot be read, and says so.
    Partly,
}

/// Opens a damaged store, and compares everything that it gives.
fn look(store: &Path, all: &All) -> Result<Found, String> {
    let opened = match Embedded::open(store, false) {
        Ok(opened) => opened,
        Err(StoreError::RolledBack { .. }) => return Ok(Found::RolledBack),
        Err(StoreError::Corrupt { .. } | StoreError::NotAStore { .. } | StoreError::Failed { .. }) => {
            return Ok(Found::Refused);
        }
        Err(error) => return Err(format!("refused for a wrong reason: {error}")),
    };
    let mixing = graph(&opened, false);
    let mut found = Found::Intact;
    let mut broken = |error: Error| match error {
        Error::Corrupt { .. } | Error::Store(StoreError::Corrupt { .. } | StoreError::Poisoned { .. }) => {
            found = Found::Partly;
            Ok(())
        }
        error => Err(format!("an error for a wrong reason: {error}")),
    };
    block_on(async {
        let mut ids = mixing.threads();
        let mut listed = Vec::new();
        let mut whole = true;
        while let Some(next) = ids.next().await {
            match next {
                Ok(thread) => listed.push(thread.id.to_string()),
                Err(error) => {
                    whole = false;
                    broken(error)?;
                    break;
                }
            }
        }
        let wanted: Vec<_> = all.keys().cloned().collect();
        if !(whole && listed == wanted || !whole && wanted.starts_with(&listed)) {
            return Err(format!("listed {listed:?}"));
        }
        for (id, Known { history: wanted, end }) in all {
            let (lines, error) = history(&mixing, id).await;
            if error.is_none() && lines != *wanted || !wanted.starts_with(&lines) {
                return Err(format!("`{id}` has another history: {lines:#?}"));
            }
            error.map_or(Ok(()), &mut broken)?;
            match mixing.thread(id.as_str()).verify().await {
                Ok(records) if records == wanted.len() as u64 => {}
                Ok(records) => return Err(format!("`{id}` is verified with {records} records")),
                Err(error) => broken(error)?,
            }
            match drive(&mixing, id).await {
                Ok(state) if state == *end => {}
                Ok(state) => return Err(format!("`{id}` comes to another end: {state}")),
                Err(error) => broken(error)?,
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(all) = child_store() else { return };
    let all: All = serde_json::from_slice(&fs::read(all).unwrap()).unwrap();
    // What engines panic with is caught; it need not be printed a thousand times.
    std::panic::set_hook(Box::new(|_| ()));
    println!();
    for store in std::io::stdin().lines() {
        let store = PathBuf::from(store.unwrap());
        let found = std::panic::catch_unwind(AssertUnwindSafe(|| look(&store, &all)));
        // Once more: an open that recovers must not make the next one worse.
        let again = std::panic::catch_unwind(AssertUnwindSafe(|| drop(Embedded::open(&store, false))));
        match (found, again) {
            (Ok(Ok(found)), Ok(())) => println!("found {found:?}"),
            wrong => println!("found {}", format!("{wrong:?}").replace('\n', " ")),
        }
    }
}

/// What is done to the files of a store; they are named by their places in the list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    Flip { file: usize, at: usize },
    Truncate { file: usize, at: usize },
    Sector { file: usize, at: usize },
    Swap { one: usize, other: usize },
    Delete { file: usize },
    Old { file: usize },
}

/// A file by its name within the store, with its bytes now and before the second sitting.
struct Kept {
    name: PathBuf,
    bytes: Vec<u8>,
    old: Option<Vec<u8>>,
}

impl Damage {
    const KINDS: [&str; 6] = ["flips", "truncations", "zeroed sectors", "swaps", "deletions", "old files"];

    fn kind(self) -> usize {
        match self {
            Damage::Flip { .. } => 0,
            Damage::Truncate { .. } => 1,
            Damage::Sector { .. } => 2,
            Damage::Swap { .. } => 3,
            Damage::Delete { .. } => 4,
            Damage::Old { .. } => 5,
        }
    }

    fn apply(self, store: &Path, files: &[Kept]) {
        let put = |file: usize, bytes: &[u8]| fs::write(store.join(&files[file].name), bytes).unwrap();
        match self {
            Damage::Flip { file, at } => {
                let mut bytes = files[file].bytes.clone();
                // All bits come in turn.
                bytes[at] ^= 1 << (at % 8);
                put(file, &bytes);
            }
            Damage::Truncate { file, at } => put(file, &files[file].bytes[..at]),
            Damage::Sector { file, at } => {
                let mut bytes = files[file].bytes.clone();
                let end = bytes.len().min(at + SECTOR);
                bytes[at..end].fill(0);
                put(file, &bytes);
            }
            Damage::Swap { one, other } => {
                put(one, &files[other].bytes);
                put(other, &files[one].bytes);
            }
            Damage::Delete { file } => fs::remove_file(store.join(&files[file].name)).unwrap(),
            Damage::Old { file } => put(file, files[file].old.as_ref().unwrap()),
        }
    }
}

/// So many places of a file, from one end to the other; all if there are no more.
fn places(length: usize, step: usize, most: usize) -> impl Iterator<Item = usize> {
    let all = length.div_ceil(step);
    let count = all.min(most);
    (0..count).map(move |place| place * all / count * step)
}

fn damages(files: &[Kept], most: usize) -> Vec<Damage> {
    let mut damages = Vec::new();
    for (file, Kept { bytes, old, .. }) in files.iter().enumerate() {
        // Most of a log is padding, which nothing reads.
        let held: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0 || most == usize::MAX).collect();
        damages.extend(places(held.len(), 1, most).map(|place| Damage::Flip { file, at: held[place] }));
        damages.extend(places(bytes.len(), 1, most / 4).map(|at| Damage::Truncate { file, at }));
        let sectors = (0..bytes.len().div_ceil(SECTOR)).map(|sector| sector * SECTOR);
        let sectors: Vec<_> =
            sectors.filter(|at| bytes[*at..bytes.len().min(at + SECTOR)].iter().any(|byte| *byte != 0)).collect();
        damages.extend(places(sectors.len(), 1, most / 4).map(|place| Damage::Sector { file, at: sectors[place] }));
        damages.extend((0..file).map(|other| Damage::Swap { one: file, other }));
        damages.push(Damage::Delete { file });
        damages.extend(old.as_ref().filter(|old| *old != bytes).map(|_| Damage::Old { file }));
    }
    damages
}

fn files(directory: &Path, below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            files(directory, &name, found);
        } else {
            found.push(name);
        }
    }
    found.sort();
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

fn trials(engine: &str) {
    let began = Instant::now();
    let most = match std::env::var("STORE_DAMAGE").as_deref() {
        Ok("all") => usize::MAX,
        Ok(places) => places.parse().expect("a number of places"),
        Err(_) => 160,
    };
    // In memory where there is such a place: a sync per copy would only cost time.
    let base = Path::new("/dev/shm");
    let directory = if base.is_dir() { tempfile::tempdir_in(base) } else { tempfile::tempdir() }.unwrap();
    let place = |name: &str| directory.path().join(name).join(engine);
    let (original, old) = (place("original"), place("old"));
    fs::create_dir_all(original.parent().unwrap()).unwrap();
    build(&original, &old);
    copy(&original, &place("read"));
    let all = known(&place("read"));
    assert_eq!(all.len(), 7);
    let told = directory.path().join("all");
    fs::write(&told, serde_json::to_vec(&all).unwrap()).unwrap();

    let mut names = Vec::new();
    files(&original, Path::new(""), &mut names);
    let read = |name: PathBuf| Kept {
        bytes: fs::read(original.join(&name)).unwrap(),
        old: fs::read(old.join(&name)).ok(),
        name,
    };
    let files: Vec<_> = names.into_iter().map(read).collect();
    println!("{engine}: {:?}", files.iter().map(|file| (&file.name, file.bytes.len())).collect::<Vec<_>>());
    // The first trial is none: what is not damaged is intact.
    let damages: Vec<_> = std::iter::once(None).chain(damages(&files, most).into_iter().map(Some)).collect();
    let (next, counts, wrong) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mut reader = Reader::start(&told);
                loop {
                    let trial = next.fetch_add(1, Ordering::Relaxed);
                    let Some(damage) = damages.get(trial) else { return };
                    let store = place(&format!("trial-{trial}"));
                    copy(&original, &store);
                    damage.inspect(|damage| damage.apply(&store, &files));
                    let found = reader.read(&store);
                    fs::remove_dir_all(store.parent().unwrap()).unwrap();
                    let kinds = [Found::Intact, Found::Refused, Found::RolledBack, Found::Partly];
                    match kinds.into_iter().find(|kind| found == format!("{kind:?}")) {
                        Some(kind) if damage.is_some() || kind == Found::Intact => {
                            let key = (damage.map(Damage::kind), kind);
                            *counts.lock().unwrap().entry(key).or_insert(0_u32) += 1;
                        }
                        _ => {
                            let names: Vec<_> = files.iter().map(|file| &file.name).collect();
                            wrong.lock().unwrap().push(format!("{damage:?} of {names:?}: {found}"));
                            reader = Reader::start(&told);
                        }
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    for (kind, name) in Damage::KINDS.into_iter().enumerate() {
        let count = |found| counts.get(&(Some(kind), found)).copied().unwrap_or(0);
        let [intact, refused, back, partly] =
            [Found::Intact, Found::Refused, Found::RolledBack, Found::Partly].map(count);
        println!(
            "{engine}: {} {name}: {intact} intact, {refused} refused, {back} rolled back, {partly} refused in part",
            intact + refused + back + partly
        );
    }
    println!("{engine}: {} trials in {} s", damages.len() - 1, began.elapsed().as_secs());
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} trials went wrong, the first: {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}

#[test]
fn damage_to_any_file_of_redb_is_an_error_or_harmless() {
    trials("redb");
}

#[test]
fn damage_to_any_file_of_sled_is_an_error_or_harmless() {
    trials("sled");
}
