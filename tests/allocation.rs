//! An update costs what it writes, and a step in memory nothing: plain fields take no memory from the heap, a reduced one only
//! its own.

use allocation_counter::measure;
use graph_runtime::{Either, GraphState, Update};

#[derive(GraphState)]
struct Job {
    step: u32,
    done: bool,
    score: f64,
    #[reduce(add)]
    total: u64,
    #[reduce(append)]
    notes: Vec<u32>,
    #[reduce(append)]
    text: String,
}

fn allocations<U: Update<Job>>(state: &mut Job, patch: &mut <Job as GraphState>::Patch, update: impl Fn() -> U) -> u64 {
    measure(|| {
        update().write(patch);
        U::apply(patch, state);
    })
    .count_total
}

#[test]
fn plain_updates_allocate_nothing() {
    let (mut job, mut patch) = (Job::initial(), <Job as GraphState>::Patch::default());
    let count = |counted| assert_eq!(counted, 0);
    count(allocations(&mut job, &mut patch, || Job::update().step(1).done(true).score(0.5).step(2)));
    count(allocations(&mut job, &mut patch, || Job::update().total(1)));
    count(allocations(&mut job, &mut patch, || (Job::update().maybe_step(Some(1)), Some(Job::update().done(true)))));
    count(allocations(&mut job, &mut patch, || Either::<_, ()>::Left(Job::update().step(1).total(2))));
    count(allocations(&mut job, &mut patch, || Job::update().step(3).erase()));
    assert_eq!((job.step, job.done, job.total), (3, true, 3));
}

#[test]
fn a_moved_collection_is_not_copied() {
    let (mut job, mut patch) = (Job::initial(), <Job as GraphState>::Patch::default());
    job.notes.reserve(8);
    let notes = std::cell::Cell::new(vec![1, 2, 3]);
    assert_eq!(allocations(&mut job, &mut patch, || Job::update().notes(notes.take())), 0);
    assert_eq!(job.notes, [1, 2, 3]);
}

#[test]
fn several_writes_to_a_reduced_field_use_their_list_again() {
    let (mut job, mut patch) = (Job::initial(), <Job as GraphState>::Patch::default());
    let update = || Job::update().total(1).total(2).total(3);
    assert_eq!(allocations(&mut job, &mut patch, update), 1);
    assert_eq!(allocations(&mut job, &mut patch, update), 0);
    assert_eq!(job.total, 12);
}

/// A node that is a plain function, and one that is `async` and never waits.
mod count {
    use graph_runtime::{BoxError, Ctx, GraphState, Update, graph};

    #[derive(GraphState)]
    pub(super) struct Count {
        pub(super) goal: u64,
        pub(super) count: u64,
        #[reduce(add)]
        pub(super) sum: u64,
    }

    fn one(count: &Count) -> impl Update<Count> + use<> {
        Count::update().count(count.count + 1)
    }

    async fn add(count: &Count, cx: &Ctx) -> Result<impl Update<Count> + use<>, BoxError> {
        Ok((cx.step() > 0).then(|| Count::update().sum(count.count)))
    }

    fn done(count: &Count) -> bool {
        count.count >= count.goal
    }

    graph! {
        pub(super) graph Counter<Count>;
        node one, add;
        start -> one -> add -> match done { true => end, false => one };
    }
}

#[test]
fn a_step_in_memory_allocates_nothing() {
    let graph = count::Counter::builder().step_limit(u64::MAX).build();
    let run = |goal: u64| {
        let run = || {
            let count = graph_tests::block_on(graph.run(count::Count::update().goal(goal))).unwrap();
            assert_eq!((count.count, count.sum), (goal, goal * (goal + 1) / 2));
        };
        measure(run).count_total
    };
    let few = run(5);
    assert!(few <= 2, "a whole run allocates {few} times");
    assert_eq!(run(5_000), few, "10,000 steps allocate as much as 10");
}
