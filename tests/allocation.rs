//! An update costs what it writes: plain fields take no memory from the heap, a reduced one only its own.

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
