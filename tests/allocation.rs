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

/// A run in memory allocates as often for ten steps as for thousands: the engine allocates nothing for a step.
mod engine {
    use futures_lite::future::{block_on, yield_now};
    use graph_runtime::{BoxError, Command, Ctx, Durability, GraphState, MemorySaver, Update, graph};

    #[derive(GraphState)]
    struct Tally {
        #[state(default = 10)]
        goal: u64,
        #[reduce(add)]
        sum: u64,
        #[state(ephemeral)]
        last: Option<u64>,
    }

    fn plain(tally: &Tally) -> impl Update<Tally> {
        Tally::update().sum(1).last(Some(tally.sum))
    }

    async fn waiting(_: &Tally, cx: &Ctx<u64>) -> Result<impl Update<Tally> + use<>, BoxError> {
        yield_now().await;
        Ok(Tally::update().sum(*cx.context()))
    }

    enum Next {
        Again,
        Enough,
    }

    fn deciding(tally: &Tally) -> Command<Next, impl Update<Tally> + use<>> {
        Command::to(if tally.sum < tally.goal { Next::Again } else { Next::Enough }).update(Tally::update().sum(1))
    }

    fn enough(tally: &Tally) -> bool {
        tally.sum >= tally.goal
    }

    graph! {
        graph Plain<Tally, u64>;
        node plain;
        start -> plain -> match enough { true => end, false => plain };
    }

    graph! {
        graph Waiting<Tally, u64>;
        node waiting;
        start -> waiting -> match enough { true => end, false => waiting };
    }

    graph! {
        graph Mixed<Tally, u64>;
        node plain, waiting, deciding;
        start -> plain -> waiting -> deciding -> match { Next::Again => plain, Next::Enough => end };
    }

    fn allocations(run: impl Fn(u64)) -> (u64, u64) {
        // What is set up once per process is not a step's.
        run(10);
        let of = |goal| allocation_counter::measure(|| run(goal)).count_total;
        (of(10), of(5_000))
    }

    #[test]
    fn a_step_in_memory_allocates_nothing() {
        let plain = Plain::new(1);
        let waiting = Waiting::new(1);
        let mixed = Mixed::new(1);
        let goal = |goal| Tally::update().goal(goal);
        let (few, many) = allocations(|steps| assert!(block_on(plain.run(goal(steps))).is_ok()));
        assert_eq!(few, many, "nodes that are no `async fn`");
        let (few, many) = allocations(|steps| assert!(block_on(waiting.run(goal(steps))).is_ok()));
        assert_eq!(few, many, "`async` nodes");
        let (few, many) = allocations(|steps| assert!(block_on(mixed.run(goal(steps))).is_ok()));
        assert_eq!(few, many, "nodes of every form, and commands");
    }

    /// Until the end nothing is encoded, and nothing else allocates either.
    #[test]
    fn a_step_that_is_stored_at_the_exit_only_allocates_nothing() {
        let graph = Mixed::builder().context(1).checkpointer(MemorySaver::new()).durability(Durability::Exit).build();
        let run = |steps| {
            let thread = graph.thread("a");
            block_on(thread.invoke(Tally::update().goal(steps).overwrite_sum(0))).unwrap().finished().unwrap();
        };
        let (few, many) = allocations(run);
        assert!(many <= few + 2, "{few} allocations for a few steps, {many} for many");
    }
}
