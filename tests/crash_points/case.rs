//! One case: what happens at which point, and what must be true afterwards.

use crate::scenario::{Place, Scenario};
use graph_runtime::fault::{self, Effect, Point};
use graph_runtime::{Checkpointer, StoreError};
use graph_tests::stores::Embedded;
use graph_tests::thread;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const CASE: &str = "CRASH_POINTS_CASE";
const DIRECTORY: &str = "CRASH_POINTS_DIRECTORY";
/// Far above what a case takes, also in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Abort,
    Panic,
    Error,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Abort, Kind::Panic, Kind::Error];
}

/// What a child does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Counts how often each point is reached.
    Count,
    /// Does the scenario with something going wrong, and once more if it lives.
    Disturb(Point, u64, Kind),
    /// Does the scenario after another process was aborted in it.
    Finish,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) engine: &'static str,
    pub(crate) scenario: Scenario,
    pub(crate) role: Role,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} ", self.engine, self.scenario)?;
        match self.role {
            Role::Count => f.write_str("count"),
            Role::Finish => f.write_str("finish"),
            Role::Disturb(point, hit, kind) => write!(f, "disturb {point:?} {hit} {kind:?}"),
        }
    }
}

impl Case {
    fn parse(text: &str) -> Case {
        let words: Vec<_> = text.split(' ').collect();
        let engine = graph_tests::stores::ENGINES.into_iter().find(|engine| *engine == words[0]).unwrap();
        let scenario = Scenario::ALL.into_iter().find(|known| format!("{known:?}") == words[1]).unwrap();
        let role = match words[2..] {
            ["count"] => Role::Count,
            ["finish"] => Role::Finish,
            ["disturb", point, hit, kind] => {
                let kind = Kind::ALL.into_iter().find(|known| format!("{known:?}") == kind).unwrap();
                Role::Disturb(named(point), hit.parse().unwrap(), kind)
            }
            _ => panic!("an unknown case: {text}"),
        };
        Case { engine, scenario, role }
    }
}

fn named(point: &str) -> Point {
    *Point::ALL.iter().find(|known| format!("{known:?}") == point).expect("a point")
}

/// The points of the committer and of what it calls: once the store is open, a failure there must poison it.
fn poisons(point: Point) -> bool {
    matches!(
        point,
        Point::Taken
            | Point::Appends
            | Point::Several
            | Point::Settled
            | Point::Scanned
            | Point::Applied
            | Point::Written
            | Point::Marked
            | Point::SledInserted
            | Point::SledAppended
            | Point::SledBatched
            | Point::SledFlushed
            | Point::SledSynced
            | Point::RedbBegun
            | Point::RedbFilled
            | Point::RedbCommitted
            | Point::RedbSyncing
    )
}

/// The body of the other process; an empty one in this process.
pub(crate) fn child() {
    let Ok(text) = std::env::var(CASE) else { return };
    let Case { engine, scenario, role } = Case::parse(&text);
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let place = |round| Place { directory: directory.clone(), engine, round };
    match role {
        Role::Count => {
            fault::watch();
            finish(&place(1), scenario);
            for (point, hits) in fault::hits() {
                println!("\nhits {point:?} {hits}");
            }
            // Not counted: reading what was done.
            block_on(place(1).judge(scenario));
        }
        Role::Disturb(point, hit, kind) => {
            disturb(&place(1), scenario, (point, hit, kind));
            fault::watch();
            block_on(place(2).judge_before(scenario));
            finish(&place(2), scenario);
            block_on(place(2).judge(scenario));
        }
        Role::Finish => {
            block_on(place(2).judge_before(scenario));
            finish(&place(2), scenario);
            block_on(place(2).judge(scenario));
        }
    }
    println!("\nwhole");
}

fn finish(place: &Place, scenario: Scenario) {
    block_on(place.run(scenario, |_| ())).unwrap_or_else(|error| panic!("it does not come to its end: {error}"));
}

fn disturb(place: &Place, scenario: Scenario, (point, hit, kind): (Point, u64, Kind)) {
    let effect = match kind {
        Kind::Abort => Effect::Abort,
        Kind::Panic => Effect::Panic,
        Kind::Error => Effect::Error,
    };
    fault::arm(point, hit, effect);
    let store = OnceCell::new();
    let keep = |opened: &Embedded| drop(store.set(opened.clone()));
    let run = || block_on(place.run(scenario, keep));
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let reached = fault::hits().get(&point).is_some_and(|hits| *hits >= hit);
    match &ran {
        Ok(Ok(())) => println!("\nended well"),
        Ok(Err(error)) => println!("\nended with {error}"),
        Err(_) => println!("\nended with a panic"),
    }
    if !reached {
        println!("\nmissed");
        return;
    }
    let Some(store) = store.into_inner() else { return };
    if poisons(point) {
        let why = format!("a fault at `{point:?}`");
        match ran {
            Ok(Err(error)) => assert!(error.to_string().contains(&why), "it was told something else: {error}"),
            Ok(Ok(())) => assert_eq!(scenario, Scenario::Async, "nobody was told"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        let refused = refused(store.saver(), &why);
        assert!(refused.iter().all(|refused| *refused), "a store that failed goes on: {refused:?}");
    }
}

/// Which calls a store refuses as one that has failed, and says why.
fn refused(store: &dyn Checkpointer, why: &str) -> [bool; 3] {
    let thread = thread("probe");
    let append = graph_tests::append(&thread, 1, 10, graph_runtime::Commit::Synced);
    let poisoned = |error| matches!(error, StoreError::Poisoned { reason } if reason.contains(why));
    let delivery = graph_tests::delivery(&thread, 1, "d", vec![1]);
    futures_lite::future::block_on(async {
        [
            store.append(append).await.is_err_and(poisoned),
            store.deliver(delivery).await.is_err_and(poisoned),
            store.flush().await.is_err_and(poisoned),
        ]
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(future)
}

/// How a case came out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) kills: u32,
    pub(crate) errors: u32,
    pub(crate) panics: u32,
    /// The point was not reached that often this time.
    pub(crate) missed: u32,
}

/// How often each point is reached in a run that nothing disturbs.
pub(crate) fn count(engine: &'static str, scenario: Scenario) -> BTreeMap<Point, u64> {
    let directory = directory();
    let said = Case { engine, scenario, role: Role::Count }.spawn(directory.path());
    let said = whole(&format!("{engine} {scenario:?}"), &said);
    let hits = said.lines().filter_map(|line| line.strip_prefix("hits ")?.split_once(' '));
    hits.map(|(point, hits)| (named(point), hits.parse().unwrap())).collect()
}

impl Case {
    /// Runs the case in processes of its own.
    pub(crate) fn run(self) -> Told {
        let Role::Disturb(_, _, kind) = self.role else { panic!("no case") };
        let directory = directory();
        let ended = self.spawn(directory.path());
        if kind == Kind::Abort && ended.status.code().is_none() {
            let finished = Case { role: Role::Finish, ..self }.spawn(directory.path());
            whole(&self.to_string(), &finished);
            return Told { kills: 1, ..Told::default() };
        }
        let said = whole(&self.to_string(), &ended);
        let missed = u32::from(said.contains("\nmissed"));
        let mut told = Told { missed, ..Told::default() };
        match kind {
            _ if missed > 0 => {}
            Kind::Abort => panic!("{self}: it lived"),
            Kind::Panic => told.panics = 1,
            Kind::Error => told.errors = 1,
        }
        told
    }

    fn spawn(self, directory: &Path) -> Output {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(CASE, self.to_string())
            .env(DIRECTORY, directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait(child).unwrap_or_else(|| panic!("{self}: it hangs"))
    }
}

/// Waits for a child, and kills it after a while.
fn wait(child: Child) -> Option<Output> {
    let id = child.id();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    if let Ok(output) = ended.recv_timeout(PATIENCE) {
        return Some(output.unwrap());
    }
    let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
    None
}

/// What a child said that came to its end.
fn whole(case: &str, ended: &Output) -> String {
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let cried = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("\nwhole"), "{case}: {}\n{said}\n{cried}", ended.status);
    said
}

/// In memory where there is such a place: these cases are about processes, and syncs would only cost time.
fn directory() -> tempfile::TempDir {
    let base = Path::new("/dev/shm");
    if base.is_dir() { tempfile::tempdir_in(base) } else { tempfile::tempdir() }.unwrap()
}
