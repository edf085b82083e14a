//! Several processes at one store, stopped (SIGSTOP) and killed in the middle: each step is taken once, by one of them.
//!
//! An embedded store has one owner, so there the processes race for the store, one turn after the other; in a store that all of
//! them have open they race for the thread, and whoever wakes up late must change nothing. Longer:
//!
//! ```text
//! GRAPH_TESTS_TURNS=1000 cargo test --release -p graph-tests --test races -- --nocapture
//! ```

use futures_lite::future::block_on;
use graph_runtime::{BoxError, Checkpointer, Ctx, Error, Graph, GraphState, Status, StoreError, Update, graph};
use graph_tests::kills::{Process, Random, Started, variable};
use graph_tests::shared::SharedDirectory;
use graph_tests::stores::{ENGINES, open_store};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const RACERS: u64 = 4;

fn turns() -> u64 {
    variable("GRAPH_TESTS_TURNS", 12)
}

#[derive(GraphState, Debug)]
struct Track {
    goal: u64,
    /// Who took which step.
    #[reduce(append)]
    steps: Vec<String>,
}

/// Who runs, and the step that it took last.
struct Racer {
    name: String,
    last: Mutex<u64>,
}

/// No step that was taken.
const NONE: u64 = u64::MAX - 1;

/// That a step is taken tells that the one before is acknowledged, if this process took that one.
async fn advance(_: &Track, cx: &Ctx<Racer>) -> Result<impl Update<Track> + use<>, BoxError> {
    let Racer { name, last } = cx.context();
    let before = std::mem::replace(&mut *last.lock().map_err(|_| "a whole lock")?, cx.step());
    if before + 1 == cx.step() {
        println!("ack {name} {before}");
    }
    futures_lite::future::yield_now().await;
    Ok(Track::update().steps([format!("{name} {}", cx.step())]))
}

fn arrived(track: &Track) -> bool {
    track.steps.len() as u64 >= track.goal
}

graph! {
    graph Race<Track, Racer>;
    node advance;
    start -> advance -> match arrived { true => end, false => advance };
}

fn race(saver: impl Checkpointer, name: &str) -> (Graph<Race>, Arc<Racer>) {
    let racer = Arc::new(Racer { name: name.to_owned(), last: Mutex::new(NONE) });
    (Race::builder().context(Arc::clone(&racer)).checkpointer(saver).build(), racer)
}

/// The body of the other processes; an empty test in this one.
#[test]
fn child() {
    let Some(Started { store, role, round }) = Started::from_env() else { return };
    println!("\nopening");
    match &*role {
        "hold" => {
            let _saver = open_store(&store).unwrap();
            println!("held");
            std::thread::park();
        }
        "race" => take_steps(&store, &round.to_string()),
        _ => take_turns(&store, &round.to_string()),
    }
}

/// Opens the store, adds one step, closes it; until it has taken its turns. A turn that another process left is finished first.
fn take_turns(store: &Path, name: &str) {
    loop {
        let saver = match open_store(store) {
            Err(StoreError::Busy { holder, .. }) => {
                assert!(holder.starts_with("process "), "{holder}");
                continue;
            }
            opened => opened.unwrap(),
        };
        let (graph, _) = race(saver, name);
        let thread = graph.thread("a");
        block_on(async {
            let found = thread.snapshot().await.unwrap();
            let steps = found.as_ref().map_or(0, |found| found.state.steps.len() as u64);
            let own = found.iter().flat_map(|found| &found.state.steps).filter(|step| by(step) == name).count();
            if own as u64 >= turns() {
                return true;
            }
            let finished = found.is_none_or(|found| found.status == Status::Finished);
            let goal = Track::update().goal(steps + 1);
            let track = thread.resume_or_invoke(goal).await.unwrap().finished().unwrap();
            if finished {
                assert_eq!(track.steps.len() as u64, steps + 1, "nobody else was here");
            }
            println!("at {} {}", track.steps.len() - 1, track.steps.last().unwrap());
            false
        })
        .then(|| std::process::exit(0));
    }
}

fn by(step: &str) -> &str {
    step.split(' ').next().unwrap_or_default()
}

/// Drives the one thread to its end, against all others who do.
fn take_steps(store: &Path, name: &str) {
    let (graph, racer) = race(SharedDirectory::open(store), name);
    let thread = graph.thread("a");
    let goal = 8 * RACERS * turns();
    let mut conflicts = 0;
    loop {
        match block_on(thread.resume_or_invoke(Track::update().goal(goal)).request_id("race")) {
            Ok(outcome) => break drop(outcome.finished().unwrap()),
            Err(Error::Conflict { .. }) => {
                conflicts += 1;
                *racer.last.lock().unwrap() = NONE;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    println!("conflicts {conflicts}");
}

/// Lets processes run against one another until all are done, stops some for a while and kills some; returns what they said.
fn run(store: &Path, role: &str) -> Vec<String> {
    let mut random = Random::seeded();
    let start = |round| Process::start(&Started { store: store.to_owned(), role: role.to_owned(), round });
    let mut racers: Vec<_> = (0..RACERS).map(|number| (number, Some(start(number)))).collect();
    let mut said = Vec::new();
    let (mut stops, mut killed) = (0, 0);
    while let Some(at) = racers.iter().position(|(_, process)| process.is_some()) {
        let at = (at..racers.len()).nth(usize::try_from(random.below(RACERS)).unwrap()).unwrap_or(at);
        let (number, place) = &mut racers[at];
        let Some(mut process) = place.take() else { continue };
        if process.child.try_wait().unwrap().is_some() {
            let (code, text) = process.end();
            assert_eq!(code, Some(0), "racer {number}: {text}");
            said.push(text);
            continue;
        }
        if random.below(10) == 0 {
            process.child.kill().unwrap();
            let mut text = process.end().1;
            // The last line may be cut off.
            text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
            said.push(text);
            killed += 1;
            *place = Some(start(*number));
        } else {
            process.signal("STOP");
            std::thread::sleep(random.within(Duration::from_millis(20)));
            process.signal("CONT");
            // The last one would otherwise be stopped again before it has done anything.
            std::thread::sleep(random.within(Duration::from_millis(20)));
            stops += 1;
            *place = Some(process);
        }
    }
    println!("{}: {stops} stops, {killed} kills", store.display());
    said
}

/// Every step that somebody was told of is where it was, and no step is there twice.
fn check(graph: &Graph<Race>, said: &[String]) -> usize {
    let thread = graph.thread("a");
    block_on(thread.verify()).unwrap();
    let steps = block_on(thread.snapshot()).unwrap().unwrap().state.steps;
    let unique: BTreeSet<_> = steps.iter().collect();
    assert_eq!(unique.len(), steps.len(), "{steps:?}");
    for line in said.iter().flat_map(|said| said.lines()) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["at", place, name, step] => {
                assert_eq!(steps[place.parse::<usize>().unwrap()], format!("{name} {step}"), "{steps:?}");
            }
            ["ack", name, step] => assert!(steps.contains(&format!("{name} {step}")), "{line} is lost: {steps:?}"),
            _ => {}
        }
    }
    steps.len()
}

#[test]
fn processes_that_race_for_a_store_take_every_turn_once() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(engine);
        let said = run(&store, "turns");
        let taken = check(&race(open_store(&store).unwrap(), "judge").0, &said);
        assert!(taken as u64 >= RACERS * turns(), "{taken}");
        println!("{engine}: {RACERS} processes, {taken} turns, 0 lost, 0 taken twice");
    }
}

#[test]
fn processes_that_race_for_a_thread_take_every_step_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("shared");
    let said = run(&store, "race");
    let (graph, _) = race(SharedDirectory::open(&store), "judge");
    let taken = check(&graph, &said);
    assert_eq!(taken as u64, 8 * RACERS * turns());
    let steps = block_on(graph.thread("a").snapshot()).unwrap().unwrap().state.steps;
    for (number, step) in (1..).zip(&steps) {
        assert!(step.ends_with(&format!(" {number}")), "step {number} is {step}");
    }
    let conflicts = said.iter().flat_map(|said| said.lines()).filter_map(|line| line.strip_prefix("conflicts "));
    let conflicts: u64 = conflicts.map(|count| count.parse::<u64>().unwrap()).sum();
    println!("shared: {RACERS} processes, {taken} steps, {conflicts} conflicts, 0 lost, 0 taken twice");
}

#[test]
fn a_store_whose_owner_is_stopped_is_busy_until_the_owner_is_gone() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(engine);
        let mut owner = Process::start(&Started { store: store.clone(), role: "hold".to_owned(), round: 0 });
        owner.wait_for("held");
        owner.signal("STOP");
        match open_store(&store).map(drop) {
            Err(StoreError::Busy { holder, .. }) => assert_eq!(holder, format!("process {}", owner.child.id())),
            other => panic!("{other:?}"),
        }
        owner.child.kill().unwrap();
        owner.child.wait().unwrap();
        let store = open_store(&store).unwrap();
        assert_eq!(Arc::strong_count(&store), 1);
    }
}
