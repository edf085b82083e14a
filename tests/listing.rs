//! Threads are listed by status, time and tag, and say when they are due.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get replies by reference")]

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    CheckpointId, Checkpointer, Ctx, Error, Graph, GraphState, MemorySaver, Outcome, Status, Threads, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::script::{Fault as Trouble, Script};
use graph_tests::thread_of;
use graph_tests::walk::{Probe, Trail, Walk};
use std::pin::pin;
use std::time::{Duration, SystemTime};

fn ids(threads: Threads) -> Vec<String> {
    block_on(threads.map(|thread| thread.unwrap().id.to_string()).collect())
}

/// Threads `t000` on, each of the tenant of its last digit.
fn tenants(saver: &Faulty, count: usize) -> Graph<Walk> {
    let graph = Walk::builder().context(Probe::default()).checkpointer(saver.clone()).build();
    for number in 0..count {
        let run = graph.thread(format!("t{number:03}")).invoke(Trail::to(1));
        let run = run.tag("tenant", (number % 10).to_string()).tag("kind", "walk");
        block_on(run).unwrap().finished().unwrap();
    }
    graph
}

#[test]
fn a_listing_is_filtered_by_tag_over_all_pages() {
    let saver = Faulty::new(MemorySaver::new());
    let graph = tenants(&saver, 600);
    let wanted: Vec<_> = (0..60).map(|number| format!("t{:03}", number * 10 + 7)).collect();
    assert_eq!(ids(graph.threads().tag("tenant", "7")), wanted);
    assert_eq!(ids(graph.threads().tag("tenant", "7").tag("kind", "walk")), wanted);
    assert!(ids(graph.threads().tag("tenant", "7").tag("tenant", "8")).is_empty());
    assert!(ids(graph.threads().tag("tenant", "")).is_empty());
    assert_eq!(ids(graph.threads().tag("tenant", "7").status(Status::Finished)).len(), 60);

    saver.fail_after(u64::MAX, Fault::Failed);
    assert!(ids(graph.threads().status(Status::Failed).tag("tenant", "7")).is_empty());
    assert_eq!(saver.calls(), 3, "only pages of heads were read");
    saver.fail_after(u64::MAX, Fault::Failed);
    assert_eq!(ids(graph.threads()).len(), 600);
    assert_eq!(saver.calls(), 3, "who does not ask for tags pays for none");
}

#[test]
fn a_listing_is_filtered_by_time() {
    let graph = tenants(&Faulty::new(MemorySaver::new()), 5);
    let all: Vec<_> = block_on(graph.threads().map(Result::unwrap).collect::<Vec<_>>());
    let hour = Duration::from_secs(3600);
    let times: Vec<SystemTime> = all.iter().map(|thread| thread.updated).collect();
    for time in times.iter().flat_map(|time| [*time, *time - hour, *time + hour]) {
        let since: Vec<_> =
            all.iter().filter(|thread| thread.updated >= time).map(|thread| thread.id.to_string()).collect();
        let before: Vec<_> =
            all.iter().filter(|thread| thread.updated < time).map(|thread| thread.id.to_string()).collect();
        assert_eq!(ids(graph.threads().updated_since(time)), since);
        assert_eq!(ids(graph.threads().updated_before(time)), before);
        assert!(ids(graph.threads().updated_since(time).updated_before(time)).is_empty());
        // What changed in the millisecond of an instant may have changed after it.
        let within = time + Duration::from_micros(999);
        assert_eq!(ids(graph.threads().updated_since(within)), since);
        assert_eq!(ids(graph.threads().updated_before(within)), before);
    }
}

#[test]
fn a_record_that_cannot_be_read_is_an_item_and_the_listing_goes_on() {
    let saver = Faulty::new(MemorySaver::new());
    let graph = tenants(&saver, 3);
    block_on(graph.thread("t001").invoke(Trail::to(2)).tag("tenant", "9")).unwrap().finished().unwrap();
    saver.damage(CheckpointId(4));
    let items: Vec<_> = block_on(graph.threads().tag("tenant", "9").collect());
    let shown: Vec<_> = items
        .iter()
        .map(|item| match item {
            Ok(thread) => thread.id.to_string(),
            Err(Error::Corrupt { thread, checkpoint, .. }) => format!("{thread} {checkpoint}"),
            Err(error) => panic!("{error}"),
        })
        .collect();
    assert_eq!(shown, ["t000 4", "t001", "t002 4"]);
}

#[test]
fn a_store_that_fails_ends_the_listing() {
    let saver = Faulty::new(MemorySaver::new());
    let graph = tenants(&saver, 3);
    for call in 0..4 {
        saver.fail_after(call, Fault::Failed);
        let items: Vec<_> = block_on(graph.threads().tag("kind", "walk").collect());
        assert_eq!(items.len() as u64, call.max(1), "call {call}: {items:?}");
        assert!(matches!(items.last(), Some(Err(Error::Store(_)))), "call {call}: {items:?}");
    }
    saver.heal();
}

/// Another process deletes what was listed before its record is read.
#[test]
fn a_thread_that_goes_while_it_is_listed_is_left_out() {
    let inner = MemorySaver::new();
    let saver = Faulty::new(inner.clone());
    tenants(&saver, 3);
    let direct = Walk::builder().context(Probe::default()).checkpointer(inner).build();
    let graph = Walk::builder().context(Probe::default()).checkpointer(saver.clone()).build();
    saver.meanwhile(1, move || block_on(direct.thread("t000").delete()).unwrap());
    assert_eq!(ids(graph.threads().tag("kind", "walk")), ["t001", "t002"]);
}

#[derive(GraphState, Debug)]
struct Call {
    #[reduce(add)]
    made: u32,
}

async fn ring(_: &Call, cx: &Ctx<Script>) -> Result<impl Update<Call> + use<>, String> {
    Script::wait(cx, "ring").await?;
    Ok(Call::update().made(1))
}

fn refuse(_: &Call) -> bool {
    false
}

fn answer(_: &Call, said: &bool) -> impl Update<Call> + use<> {
    Call::update().made(u32::from(*said))
}

graph! {
    graph Calls<Call, Script>;
    #[retry(attempts = 3, backoff = "2h", factor = 1.0)]
    node ring;
    #[deadline("24h", or = refuse)]
    pause answer(bool);
    start -> ring -> answer -> end;
}

#[tokio::test(start_paused = true)]
async fn what_is_due_next_is_the_first_of_all_deadlines_and_attempts() {
    let saver = MemorySaver::new();
    let calls = |script: Script| Calls::builder().context(script).checkpointer(saver.clone()).build();
    let graph = calls(Script::default());
    let hours = |from: SystemTime, to: SystemTime| to.duration_since(from).unwrap().as_secs_f64() / 3600.0;
    assert_eq!(graph.next_due().await.unwrap(), None, "there is no thread");

    let began = SystemTime::now();
    let Outcome::Paused(pause) = graph.thread("waits").invoke(()).await.unwrap() else { panic!("it asks") };
    let deadline = graph.next_due().await.unwrap().unwrap();
    assert_eq!(pause.waiting()[0].due(), Some(deadline));
    assert!((23.9..24.1).contains(&hours(began, deadline)), "{deadline:?}");

    // A run that is dropped while it waits for its second attempt.
    let failing = calls(Script::default().fault("ring", [Trouble::Error]));
    {
        let mut run = pin!(failing.thread("rings").invoke(()));
        let key = thread_of("Calls", "rings");
        let failed = async || {
            let entries = saver.pending(&key, CheckpointId(1)).await.unwrap();
            entries.iter().any(|(name, _)| name.starts_with("attempt/"))
        };
        while !failed().await {
            assert!(futures_lite::future::poll_once(run.as_mut()).await.is_none());
        }
        assert_eq!(graph.next_due().await.unwrap(), Some(deadline), "who waits in this process waits by itself");
    }
    let attempt = graph.next_due().await.unwrap().unwrap();
    assert!((1.9..2.1).contains(&hours(began, attempt)), "{attempt:?}");

    graph.thread("rings").delete().await.unwrap();
    assert_eq!(graph.next_due().await.unwrap(), Some(deadline));
    let copy = graph.thread("waits").copy_to("copy").await.unwrap();
    graph.thread("waits").reply(CallsReply::Answer(true)).await.unwrap().finished().unwrap();
    assert_eq!(graph.next_due().await.unwrap(), Some(deadline), "the copy waits as long");
    copy.cancel("nobody calls").await.unwrap();
    assert_eq!(graph.next_due().await.unwrap(), None);
}

#[test]
fn a_thread_that_cannot_be_read_is_not_due() {
    let saver = Faulty::new(MemorySaver::new());
    let graph = Walk::builder().context(Probe::default()).checkpointer(saver.clone()).build();
    {
        let mut run = pin!(graph.thread("a").invoke(Trail::to(9)));
        assert!(block_on(futures_lite::future::poll_once(run.as_mut())).is_none());
    }
    assert_eq!(block_on(graph.thread("a").snapshot()).unwrap().unwrap().status, Status::Running);
    assert_eq!(block_on(graph.next_due()).unwrap(), None);
    let at = block_on(graph.thread("a").snapshot()).unwrap().unwrap().id;
    saver.damage(at);
    assert_eq!(block_on(graph.next_due()).unwrap(), None);
    saver.fail_after(0, Fault::Failed);
    assert!(matches!(block_on(graph.next_due()), Err(Error::Store(_))));
}
