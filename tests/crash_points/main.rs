//! Whatever goes wrong in whichever window, at its first, second or last time: nothing that was acknowledged is lost, nothing is
//! applied twice, the store opens, and the thread comes to the same end.
//!
//! The windows are the points of `graph_runtime::fault`, which lie between any two things that the embedded savers and the run of a
//! thread do. At each of them a process is aborted, a panic raised, an error returned. By default every point is visited once for
//! each, in the shortest scenario that comes by it and with one of the engines; all of them, with every engine and in every scenario:
//!
//! ```text
//! CRASH_POINTS=all cargo test -p graph-tests --test crash_points -- --nocapture
//! ```
//!
//! One case alone, as it is named when it fails, or all of a scenario, whose names begin with it:
//!
//! ```text
//! CRASH_POINTS="sled Sync disturb SledFlushed 1 Abort" cargo test -p graph-tests --test crash_points -- --nocapture
//! CRASH_POINTS="sled Travel" cargo test -p graph-tests --test crash_points -- --nocapture
//! ```

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

mod case;
mod order;
mod scenario;

use case::{Case, Kind, Role, Told};
use graph_runtime::fault::Point;
use graph_tests::stores::ENGINES;
use scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    case::child();
}

/// How often a point is reached, with which engine, in which scenario.
type Hits = BTreeMap<(&'static str, Scenario), BTreeMap<Point, u64>>;

#[test]
fn what_goes_wrong_in_any_window_costs_nothing_that_was_acknowledged() {
    let began = Instant::now();
    let wanted = std::env::var("CRASH_POINTS").unwrap_or_default();
    let places = || ENGINES.into_iter().flat_map(|engine| Scenario::ALL.map(|scenario| (engine, scenario)));
    let hits: Hits = places().map(|place| (place, case::count(place.0, place.1))).collect();
    for point in Point::ALL {
        let reached = hits.values().any(|hits| hits.contains_key(point));
        assert!(reached, "no scenario comes by `{point:?}`");
    }
    let cases = match wanted.as_str() {
        "" => some(&hits),
        "all" => all(&hits),
        some => all(&hits).into_iter().filter(|case| case.to_string().starts_with(some)).collect(),
    };
    assert!(!cases.is_empty(), "there is no such case");

    // The cases are processes, and wait for each other's disks.
    let (next, told, failed) = (AtomicUsize::new(0), Mutex::new(Told::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match std::panic::catch_unwind(|| case.run()) {
                        Ok(one) => told.lock().unwrap().add(one),
                        Err(_) => failed.lock().unwrap().push(case.to_string()),
                    }
                }
            });
        }
    });
    let Told { kills, errors, panics, missed } = told.into_inner().unwrap();
    let visited: BTreeSet<_> = cases.iter().map(Case::visits).collect();
    println!(
        "{} points, {} cases at {} of them: {kills} aborts, {panics} panics, {errors} errors; {missed} not reached that \
         often; {} s",
        Point::ALL.len(),
        cases.len(),
        visited.len(),
        began.elapsed().as_secs()
    );
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} cases failed: {failed:#?}", failed.len());
    // How writes gather into commits is not the same every time.
    assert!(missed as usize <= cases.len() / 10, "{missed} cases did not come to their point");
}

fn all(hits: &Hits) -> Vec<Case> {
    let mut cases = Vec::new();
    for ((engine, scenario), hits) in hits {
        for (point, hits) in hits {
            for hit in times(*scenario, *point, *hits) {
                let roles = Kind::ALL.map(|kind| Role::Disturb(*point, hit, kind));
                cases.extend(roles.map(|role| Case { engine, scenario: *scenario, role }));
            }
        }
    }
    cases
}

/// What went wrong once, and the windows of an import, which a copy has, too: the last time that a point of a scenario is
/// reached.
const LAST: [(Scenario, Point, Kind); 7] = [
    (Scenario::Sync, Point::StepStored, Kind::Panic),
    (Scenario::Travel, Point::ArrivalBegun, Kind::Abort),
    (Scenario::Travel, Point::ArrivalAppended, Kind::Abort),
    (Scenario::Travel, Point::ArrivalPut, Kind::Abort),
    (Scenario::Travel, Point::ArrivalDelivered, Kind::Abort),
    (Scenario::Travel, Point::ArrivalFinishing, Kind::Abort),
    (Scenario::Travel, Point::ArrivalFinished, Kind::Abort),
];

/// While redb gives free pages back, it syncs some dozens of times: one of them is the middle one of all.
const MIDDLE: [(Scenario, Point); 1] = [(Scenario::Close, Point::RedbSyncing)];

/// The first, the second and the last time, and the middle one of those that are in [`MIDDLE`].
fn times(scenario: Scenario, point: Point, hits: u64) -> BTreeSet<u64> {
    let mut times = BTreeSet::from([1, 2.min(hits), hits]);
    if MIDDLE.contains(&(scenario, point)) {
        times.insert(hits.div_ceil(2));
    }
    times
}

/// Each point with each effect, the engines and the times in turn; and those of [`LAST`] and [`MIDDLE`], with every engine.
fn some(hits: &Hits) -> Vec<Case> {
    let mut cases = Vec::new();
    for ((engine, scenario), hits) in hits {
        for (_, point, kind) in LAST.into_iter().filter(|(of, ..)| of == scenario) {
            cases.push(Case { engine, scenario: *scenario, role: Role::Disturb(point, hits[&point], kind) });
        }
        for (_, point) in MIDDLE.into_iter().filter(|(of, _)| of == scenario) {
            let Some(hits) = hits.get(&point) else { continue };
            let roles = Kind::ALL.map(|kind| Role::Disturb(point, hits.div_ceil(2), kind));
            cases.extend(roles.map(|role| Case { engine, scenario: *scenario, role }));
        }
    }
    for (turn, point) in Point::ALL.iter().enumerate() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            let turn = turn + place;
            let reached = |engine: &str| {
                let hits = hits.iter().filter(|((found, _), _)| *found == engine);
                hits.filter_map(|((_, scenario), hits)| Some((*scenario, *hits.get(point)?))).min()
            };
            let engines = [ENGINES[turn % 2], ENGINES[(turn + 1) % 2]];
            let found = engines.into_iter().find_map(|engine| Some((engine, reached(engine)?)));
            let Some((engine, (scenario, hits))) = found else { continue };
            let times: Vec<_> = times(scenario, *point, hits).into_iter().collect();
            cases.push(Case { engine, scenario, role: Role::Disturb(*point, times[turn % times.len()], kind) });
        }
    }
    cases
}

impl Case {
    fn visits(&self) -> Option<Point> {
        match self.role {
            Role::Disturb(point, ..) => Some(point),
            Role::Count | Role::Finish => None,
        }
    }
}

impl Told {
    fn add(&mut self, other: Told) {
        self.kills += other.kills;
        self.errors += other.errors;
        self.panics += other.panics;
        self.missed += other.missed;
    }
}
