//! The system's clock jumps, and nothing is lost, stuck, or early but by the clock itself.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::{StreamExt, future::block_on};
use graph_runtime::{
    BoxError, CheckpointId, Ctx, Graph, GraphState, Keep, MemorySaver, Outcome, Status, Thread, Update, fault, graph,
};
use graph_tests::paused;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

const HOUR: i64 = 3_600_000;
const YEARS: i64 = 10 * 365 * 24 * HOUR;

/// The clock is that of the process, so one test at a time has it. It goes right again at the end.
struct Clock(#[expect(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Clock {
    fn take() -> Clock {
        static ALONE: Mutex<()> = Mutex::new(());
        let clock = Clock(ALONE.lock().unwrap_or_else(PoisonError::into_inner));
        clock.jump(0);
        clock
    }

    /// Sets the clock so many milliseconds before or after what the system says.
    #[expect(clippy::unused_self, reason = "who holds the clock moves it")]
    fn jump(&self, milliseconds: i64) {
        fault::shift_clock(milliseconds);
    }

    /// What the library takes for now.
    fn at(milliseconds: i64) -> SystemTime {
        let shift = Duration::from_millis(milliseconds.unsigned_abs());
        if milliseconds < 0 { SystemTime::now() - shift } else { SystemTime::now() + shift }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        fault::shift_clock(0);
    }
}

#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
struct Day {
    steps: u32,
    #[reduce(append)]
    heard: Vec<String>,
}

/// The jump that is made in each step.
type Jumps = Vec<i64>;

fn walk(day: &Day, cx: &Ctx<Jumps>) -> impl Update<Day> + use<> {
    if let Some(jump) = cx.context().get(day.steps as usize) {
        fault::shift_clock(*jump);
    }
    Day::update().steps(day.steps + 1)
}

fn over(day: &Day) -> bool {
    day.steps >= 6
}

graph! {
    graph Walks<Day, Jumps>;
    node walk;
    start -> walk -> match over { true => end, false => walk };
}

fn walks(saver: &MemorySaver, jumps: &[i64]) -> Graph<Walks> {
    Walks::builder().context(jumps.to_vec()).checkpointer(saver.clone()).build()
}

#[test]
fn a_run_through_jumps_is_as_long_and_in_order_as_any() {
    let _clock = Clock::take();
    let saver = MemorySaver::new();
    let graph = walks(&saver, &[-HOUR, YEARS, -HOUR, 0, -YEARS, YEARS]);
    block_on(async {
        let thread = graph.thread("a");
        assert_eq!(thread.invoke(()).await.unwrap().finished().unwrap().steps, 6);
        let history: Vec<_> = thread.history().map(Result::unwrap).collect().await;
        let ids: Vec<_> = history.iter().map(|at| at.id.0).collect();
        assert_eq!(ids, [7, 6, 5, 4, 3, 2, 1]);
        assert!(history.windows(2).any(|pair| pair[0].time < pair[1].time), "the times are those of the clock");
        assert_eq!(thread.verify().await.unwrap(), 7);
    });
}

#[test]
fn threads_are_listed_whatever_the_clock_said_when_they_were_updated() {
    let clock = Clock::take();
    let saver = MemorySaver::new();
    let graph = walks(&saver, &[]);
    block_on(async {
        let jumps = [("a", YEARS), ("b", 0), ("c", -HOUR), ("d", YEARS), ("e", -YEARS)];
        for (id, jump) in jumps {
            clock.jump(jump);
            graph.thread(id).invoke(()).await.unwrap().finished().unwrap();
        }
        for jump in [0, -YEARS, YEARS] {
            clock.jump(jump);
            let names = async |threads: graph_runtime::Threads| -> BTreeSet<String> {
                threads.map(|thread| thread.unwrap().id.to_string()).collect().await
            };
            let all = names(graph.threads()).await;
            assert_eq!(all, BTreeSet::from(["a", "b", "c", "d", "e"].map(str::to_owned)));
            for place in [-YEARS - HOUR, -HOUR - 60_000, -60_000, 60_000, YEARS - HOUR, YEARS + HOUR] {
                let time = Clock::at(place);
                let since = names(graph.threads().updated_since(time)).await;
                let before = names(graph.threads().updated_before(time)).await;
                let wanted: BTreeSet<_> =
                    jumps.iter().filter(|(_, jump)| *jump >= place).map(|(id, _)| (*id).to_owned()).collect();
                assert_eq!(since, wanted, "since {place}");
                assert_eq!(since.union(&before).cloned().collect::<BTreeSet<_>>(), all);
                assert!(since.is_disjoint(&before));
            }
        }
    });
}

fn hear(_: &Day, text: &String) -> impl Update<Day> + use<> {
    Day::update().heard([text.clone()])
}

fn nobody(_: &Day) -> String {
    "nobody".to_owned()
}

graph! {
    graph Waits<Day>;
    #[deadline("24h", or = nobody)]
    pause hear(String);
    start -> hear -> end;
}

async fn recovered(graph: &Graph<Waits>) -> Vec<String> {
    let mut recovered = graph.recover();
    let mut done = Vec::new();
    while let Some(next) = recovered.next().await {
        let (id, outcome) = next.unwrap();
        assert!(matches!(outcome, Ok(Outcome::Finished(_))));
        done.push(id.to_string());
    }
    done
}

#[test]
fn a_deadline_is_over_when_the_clock_says_so_and_not_before() {
    let clock = Clock::take();
    for made in [0, YEARS, -YEARS] {
        let graph = Waits::builder().checkpointer(MemorySaver::new()).build();
        block_on(async {
            clock.jump(made);
            let pause = paused(graph.thread("a").invoke(()).await.unwrap());
            let due = pause.waiting()[0].due().unwrap();
            assert_eq!(graph.next_due().await.unwrap(), Some(due), "the instant is what is stored, not the span");
            // Back, and forward to just before: never early.
            for early in [-HOUR, -YEARS, 0, 23 * HOUR] {
                clock.jump(made + early);
                assert_eq!(recovered(&graph).await, [""; 0], "{early}");
                let _ = paused(graph.thread("a").resume().await.unwrap());
                assert_eq!(graph.next_due().await.unwrap(), Some(due));
                let snapshot = graph.thread("a").snapshot().await.unwrap().unwrap();
                assert_eq!((snapshot.status, snapshot.waiting[0].due()), (Status::Paused, Some(due)));
            }
            clock.jump(made + 25 * HOUR);
            assert_eq!(recovered(&graph).await, ["a"]);
            // It was decided, and stays so when the clock goes back.
            clock.jump(made - HOUR);
            let day = graph.thread("a").snapshot().await.unwrap().unwrap();
            assert_eq!((day.status, day.state.heard), (Status::Finished, vec!["nobody".to_owned()]));
            assert_eq!(recovered(&graph).await, [""; 0]);
            assert_eq!(graph.next_due().await.unwrap(), None);
        });
    }
}

#[test]
fn a_jump_over_a_deadline_lets_a_reply_that_came_before_it_stand() {
    let clock = Clock::take();
    let graph = Waits::builder().checkpointer(MemorySaver::new()).build();
    block_on(async {
        let _ = paused(graph.thread("a").invoke(()).await.unwrap());
        graph.thread("a").reply(WaitsReply::Hear("ada".to_owned())).deliver().await.unwrap();
        clock.jump(YEARS);
        assert_eq!(recovered(&graph).await, ["a"]);
        assert_eq!(graph.thread("a").snapshot().await.unwrap().unwrap().state.heard, ["ada"]);
    });
}

#[derive(Default)]
struct Tries(AtomicU32);

async fn flaky(_: &Day, cx: &Ctx<Tries>) -> Result<impl Update<Day> + use<>, BoxError> {
    cx.context().0.fetch_add(1, Ordering::SeqCst);
    if cx.attempt() < 3 {
        return Err("not yet".into());
    }
    Ok(Day::update().steps(cx.attempt()))
}

graph! {
    graph Tried<Day, Tries>;
    #[retry(attempts = 3, backoff = "1h")]
    node flaky;
    start -> flaky -> end;
}

fn tried(saver: &MemorySaver) -> Thread<Tried> {
    Tried::builder().context(Tries::default()).checkpointer(saver.clone()).build().thread("a")
}

/// Lets the first attempt fail, and drops the run while it waits for the second.
async fn dropped_between_attempts(saver: &MemorySaver) {
    let run = tokio::time::timeout(Duration::from_secs(60), tried(saver).invoke(())).await;
    assert!(run.is_err(), "it waits for an hour");
}

/// How long the timer ran until the thread was at its end, and in which attempt it came there.
async fn resumed(saver: &MemorySaver) -> (Duration, u32) {
    let began = tokio::time::Instant::now();
    let day = tried(saver).resume().await.unwrap().finished().unwrap();
    (began.elapsed(), day.steps)
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_by_the_timer_and_one_that_is_picked_up_never_longer_than_its_backoff() {
    let clock = Clock::take();
    // The system's clock stands still where tokio's is paused: an hour of the second attempt, two at most of the third.
    let (first, both) = (Duration::from_secs(3600), Duration::from_secs(3 * 3600));
    let (leeway, least) = (Duration::from_secs(600), Duration::from_secs(2 * 3600 - 600));
    let saver = MemorySaver::new();
    let began = tokio::time::Instant::now();
    let mut run = Box::pin(std::future::IntoFuture::into_future(tried(&saver).invoke(())));
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut run).await.is_err());
    clock.jump(-YEARS);
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut run).await.is_err());
    clock.jump(YEARS);
    assert_eq!(run.await.unwrap().finished().unwrap().steps, 3);
    let usual = began.elapsed();
    assert!(usual >= 2 * first && usual <= both + leeway, "a run that waits does not look at the clock: {usual:?}");

    for (jump, least, most) in [
        (0, least, both + leeway),
        (-HOUR, least, both + leeway),
        (-YEARS, least, both + leeway),
        (YEARS, first, 2 * first + leeway),
    ] {
        clock.jump(0);
        let saver = MemorySaver::new();
        dropped_between_attempts(&saver).await;
        clock.jump(jump);
        let (took, attempt) = resumed(&saver).await;
        assert_eq!(attempt, 3, "no attempt is lost or had twice");
        assert!(took >= least && took <= most, "after a jump of {jump} ms: {took:?}");
    }
}

#[test]
fn retention_by_age_removes_nothing_that_is_younger_and_comes_to_it_in_the_end() {
    let clock = Clock::take();
    let saver = MemorySaver::new();
    let left = async |thread: &Thread<Walks>| thread.verify().await.unwrap();
    block_on(async {
        // Made now, an hour ago by the clock, and in ten years.
        let thread = walks(&saver, &[0, -HOUR, -HOUR, YEARS, 0, 0]).thread("a");
        thread.invoke(()).await.unwrap().finished().unwrap();
        clock.jump(-YEARS);
        assert_eq!(thread.prune(Keep::For(Duration::from_secs(60))).await.unwrap(), 0, "all of it is to come");
        clock.jump(0);
        assert_eq!(thread.prune(Keep::For(Duration::from_secs(60))).await.unwrap(), 0);
        clock.jump(HOUR);
        // From the oldest on, up to the first that is younger: the one that was made in ten years keeps those after it.
        assert_eq!(thread.prune(Keep::For(Duration::from_secs(60))).await.unwrap(), 4);
        assert_eq!(left(&thread).await, 3);
        clock.jump(YEARS + HOUR);
        assert_eq!(thread.prune(Keep::For(Duration::from_secs(60))).await.unwrap(), 2, "all but the head");
        assert_eq!(left(&thread).await, 1);
        assert_eq!(thread.snapshot().await.unwrap().unwrap().id, CheckpointId(7));
        clock.jump(-YEARS);
        assert_eq!(thread.invoke(()).await.unwrap().finished().unwrap().steps, 7);
        assert_eq!(thread.prune(Keep::Last(1)).await.unwrap(), 2);
    });
}

#[test]
fn what_a_crash_left_is_recovered_whatever_the_clock_says() {
    let clock = Clock::take();
    for jump in [-YEARS, -HOUR, 0, YEARS] {
        let saver = MemorySaver::new();
        let graph = walks(&saver, &[]);
        block_on(async {
            clock.jump(0);
            graph.thread("a").stream(()).take(4).count().await;
            clock.jump(jump);
            let mut recovered = graph.recover();
            let (id, outcome) = recovered.next().await.unwrap().unwrap();
            assert_eq!((id.as_str(), outcome.unwrap().finished().unwrap().steps), ("a", 6));
        });
    }
}
