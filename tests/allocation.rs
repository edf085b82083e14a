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

    fn speaking(tally: &Tally, cx: &Ctx<u64>) -> impl Update<Tally> + use<> {
        cx.emit(*cx.context());
        cx.emit_with(|| format!("{} so far", tally.sum));
        Tally::update().sum(1)
    }

    graph! {
        graph Speaking<Tally, u64>;
        node speaking;
        start -> speaking -> match enough { true => end, false => speaking };
    }

    #[test]
    fn what_a_node_says_to_nobody_allocates_nothing() {
        let memory = Speaking::new(1);
        let (few, many) = allocations(|steps| assert!(block_on(memory.run(Tally::update().goal(steps))).is_ok()));
        assert_eq!(few, many, "in memory");
        let graph =
            Speaking::builder().context(1).checkpointer(MemorySaver::new()).durability(Durability::Exit).build();
        let run = |steps| {
            let thread = graph.thread("a");
            block_on(thread.invoke(Tally::update().goal(steps).overwrite_sum(0))).unwrap().finished().unwrap();
        };
        let (few, many) = allocations(run);
        assert!(many <= few + 2, "{few} allocations for a few steps, {many} for many");
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

/// Groups, `for`s, subgraphs and policies: a step with one task allocates nothing there either, and one with several as
/// often as it has tasks.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]
mod regions {
    use futures_lite::future::{block_on, yield_now};
    use graph_runtime::{Ctx, Durability, GraphState, MemorySaver, NodeError, Update, graph};

    #[derive(GraphState)]
    struct Tally {
        goal: u64,
        #[state(default = 1)]
        width: u64,
        #[reduce(add)]
        sum: u64,
        #[reduce(add)]
        other: u64,
    }

    fn one(_: &Tally) -> impl Update<Tally> + use<> {
        Tally::update().sum(1)
    }

    async fn two(_: &Tally) -> impl Update<Tally> + use<> {
        yield_now().await;
        Tally::update().sum(1)
    }

    fn side(_: &Tally) -> impl Update<Tally> + use<> {
        Tally::update().other(1)
    }

    fn each(_: &Tally, item: &u64) -> impl Update<Tally> + use<> {
        Tally::update().sum(1).other(*item)
    }

    fn enough(tally: &Tally) -> bool {
        tally.sum >= tally.goal
    }

    fn items(tally: &Tally) -> Vec<u64> {
        (0..tally.width).collect()
    }

    fn enter(tally: &Tally) -> impl Update<Tally> + use<> {
        Tally::update().goal(tally.goal)
    }

    fn leave(_: &Tally, inner: &Tally) -> impl Update<Tally> + use<> {
        Tally::update().sum(inner.sum)
    }

    fn give_up(_: &Tally, _: &NodeError) -> impl Update<Tally> + use<> {}

    async fn careful(_: &Tally, cx: &Ctx<()>) -> Result<impl Update<Tally> + use<>, String> {
        if cx.attempt() == 0 { Err(String::new()) } else { Ok(Tally::update().sum(1)) }
    }

    graph! {
        graph Left<Tally>;
        node one, two, side;
        start -> (side, one -> two -> match enough { true => join, false => one }) -> end;
    }

    graph! {
        graph Nested<Tally>;
        node one, two;
        start -> ((one -> two -> match enough { true => join, false => one })) -> end;
    }

    graph! {
        graph Item<Tally>;
        node each, two;
        start -> #[concurrency(1)] for items(u64) { each -> two -> match enough { true => join, false => each } } -> end;
    }

    graph! {
        graph Inner<Tally>;
        node one, two;
        start -> one -> two -> match enough { true => end, false => one };
    }

    graph! {
        graph Outer<Tally>;
        subgraph inner = Inner(enter, leave);
        start -> inner -> end;
    }

    graph! {
        graph Deep<Tally>;
        subgraph outer = Outer(enter, leave);
        node side;
        start -> (outer, side) -> end;
    }

    graph! {
        graph Policies<Tally>;
        #[on_error(give_up)]
        node one;
        #[retry(attempts = 3, backoff = "1s")]
        node careful;
        node two;
        start -> one -> careful -> two -> match enough { true => end, false => one };
    }

    /// How often a run of so many steps allocates.
    macro_rules! allocations {
        ($graph:ident, $goal:expr) => {{
            let memory = $graph::builder().step_limit(u64::MAX).build();
            let exit = $graph::builder().step_limit(u64::MAX).checkpointer(MemorySaver::new());
            let exit = exit.durability(Durability::Exit).build();
            let goal = |goal| Tally::update().goal(goal).overwrite_sum(0);
            let in_memory =
                |steps| allocation_counter::measure(|| assert!(block_on(memory.run(goal(steps))).is_ok())).count_total;
            let at_exit = |steps| {
                let thread = exit.thread("a");
                allocation_counter::measure(|| assert!(block_on(thread.invoke(goal(steps))).is_ok())).count_total
            };
            // What is set up once per process is not a step's.
            (in_memory(10), at_exit(10));
            [(in_memory(10), in_memory($goal)), (at_exit(10), at_exit($goal))]
        }};
    }

    macro_rules! flat {
        ($($name:ident $graph:ident)*) => { $(
            #[test]
            fn $name() {
                let [memory, exit] = allocations!($graph, 5_000);
                assert_eq!(memory.0, memory.1, "in memory");
                assert!(exit.1 <= exit.0 + 2, "{exit:?} until the exit");
            }
        )* };
    }

    flat! {
        one_task_that_is_left_in_a_group_allocates_nothing Left
        nor_does_one_in_a_group_in_a_group Nested
        nor_does_one_item Item
        nor_does_one_task_in_a_subgraph Outer
        nor_does_one_in_a_subgraph_of_a_subgraph Deep
    }

    #[test]
    fn nor_does_a_node_with_a_policy() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        let [memory, exit] = allocations!(Policies, 5_000);
        assert_eq!(memory.0, memory.1, "in memory");
        assert!(exit.1 <= exit.0 + 2, "{exit:?} until the exit");
    }

    graph! {
        graph Wide<Tally>;
        node each, two;
        start -> for items(u64) { each -> two -> match enough { true => join, false => each } } -> end;
    }

    graph! {
        graph Bounded<Tally>;
        node each, two;
        start -> #[concurrency(8)] for items(u64) { each -> two -> match enough { true => join, false => each } } -> end;
    }

    fn once(width: u64) -> impl Update<Tally> {
        Tally::update().width(width)
    }

    async fn ready(_: &Tally, item: &u64) -> impl Update<Tally> + use<> {
        Tally::update().sum(1).other(*item)
    }

    graph! {
        graph Plain<Tally>;
        node each;
        start -> for items(u64) { each } -> end;
    }

    graph! {
        graph Ready<Tally>;
        node ready;
        start -> for items(u64) { ready } -> end;
    }

    graph! {
        graph BoundedReady<Tally>;
        node ready;
        start -> #[concurrency(8)] for items(u64) { ready } -> end;
    }

    /// What allocates is the step: its lists, which grow by doubling.
    #[test]
    fn tasks_that_have_nothing_to_wait_for_allocate_nothing() {
        let (plain, ready, bounded) = (Plain::new(), Ready::new(), BoundedReady::new());
        let of = |width| {
            let plain = allocation_counter::measure(|| assert!(block_on(plain.run(once(width))).is_ok()));
            let ready = allocation_counter::measure(|| assert!(block_on(ready.run(once(width))).is_ok()));
            let bounded = allocation_counter::measure(|| assert!(block_on(bounded.run(once(width))).is_ok()));
            [plain, ready, bounded].map(|counted| counted.count_total)
        };
        of(10);
        for (few, many) in of(1_000).into_iter().zip(of(16_000)) {
            assert!(many <= few + 10, "{few} for 1,000 tasks, {many} for 16,000");
        }
    }

    /// Twice the tasks, twice the allocations, and twice the bytes, a little more or less for what grows by doubling.
    #[test]
    fn a_step_of_several_tasks_allocates_as_often_as_it_has_tasks() {
        let (wide, bounded) = (Wide::new(), Bounded::new());
        let of = |width| {
            let wide = allocation_counter::measure(|| assert!(block_on(wide.run(once(width))).is_ok()));
            let bounded = allocation_counter::measure(|| assert!(block_on(bounded.run(once(width))).is_ok()));
            [wide, bounded]
        };
        of(10);
        for (few, many) in of(1_000).into_iter().zip(of(10_000)) {
            let (few, many) = ((few.count_total, few.bytes_total), (many.count_total, many.bytes_total));
            assert!(many.0 <= few.0 * 10 + 100 && few.0 <= 5 * 1_000, "{few:?} for 1,000 tasks, {many:?} for 10,000");
            assert!(many.1 <= few.1 * 13, "{few:?} for 1,000 tasks, {many:?} for 10,000");
        }
    }

    /// There is no checkpoint that their updates could lie beside.
    #[test]
    fn what_is_stored_at_the_exit_only_is_not_encoded_before() {
        let memory = Wide::new();
        let exit = Wide::builder().checkpointer(MemorySaver::new()).durability(Durability::Exit).build();
        let few = allocation_counter::measure(|| assert!(block_on(memory.run(once(1_000))).is_ok())).count_total;
        let thread = exit.thread("a");
        let many = allocation_counter::measure(|| assert!(block_on(thread.invoke(once(1_000))).is_ok())).count_total;
        assert!(many <= few + 200, "{few} in memory, {many} until the exit");
    }

    /// What waits for its turn is not asked again at every turn.
    #[test]
    fn bounded_items_take_time_as_they_are_many() {
        let bounded = Bounded::new();
        // The shortest of several times is not that of somebody else's work.
        let time = |width| {
            let times = (0..5).map(|_| {
                let began = std::time::Instant::now();
                block_on(bounded.run(once(width))).unwrap();
                began.elapsed()
            });
            times.min().unwrap()
        };
        let (few, many) = (time(1_000), time(20_000));
        // 20 times as long, or 400 times if it went through all at every turn.
        assert!(many < few * 100, "{few:?} for 1,000 items, {many:?} for 20,000");
    }
}

/// What a run takes while its node waits is what the node holds and little more, wherever it is stored.
mod waiting {
    use futures_lite::future::{block_on, pending, poll_once};
    use graph_runtime::{GraphState, MemorySaver, NodeError, Update, graph};
    use std::future::Future;

    #[derive(GraphState)]
    struct Call {
        #[reduce(add)]
        answers: u64,
    }

    /// What the large ones hold, in bytes.
    const HELD: usize = 10_000;

    async fn small(_: &Call) -> impl Update<Call> + use<> {
        pending::<()>().await;
        Call::update().answers(1)
    }

    async fn large(_: &Call) -> Result<impl Update<Call> + use<>, String> {
        let held = [1_u8; HELD];
        pending::<()>().await;
        Ok(Call::update().answers(held.iter().map(|one| u64::from(*one)).sum::<u64>()))
    }

    fn give_up(_: &Call, _: &NodeError) -> impl Update<Call> + use<> {}

    graph! {
        graph Small<Call>;
        node small;
        start -> small -> end;
    }

    graph! {
        graph Large<Call>;
        node large;
        start -> large -> end;
    }

    graph! {
        graph Careful<Call>;
        #[on_error(give_up)]
        #[timeout("1h")]
        node large;
        start -> large -> end;
    }

    /// The bytes that are taken while `run` waits.
    fn room(run: impl Future) -> usize {
        let mut waits = None;
        let counted = allocation_counter::measure(|| {
            let mut run = Box::pin(run);
            assert!(block_on(poll_once(run.as_mut())).is_none(), "the node waits");
            waits = Some(run);
        });
        counted.bytes_current.try_into().expect("the run takes something")
    }

    macro_rules! rooms {
        ($graph:ident) => {{
            let (memory, stored) = ($graph::new(), $graph::builder().checkpointer(MemorySaver::new()).build());
            let rooms = |thread| [room(memory.run(())), room(stored.thread(thread).invoke(()))];
            // What is set up once per process is not a run's.
            rooms("first");
            rooms("second")
        }};
    }

    #[test]
    fn a_run_that_waits_takes_little_room() {
        let [memory, stored] = rooms!(Small);
        assert!(memory < 3_000, "{memory} bytes without a store");
        assert!(stored < 8_000, "{stored} bytes with one");
    }

    #[test]
    fn what_a_node_holds_is_held_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        for [memory, stored] in [rooms!(Large), rooms!(Careful)] {
            assert!(memory < HELD + 4_000, "{memory} bytes without a store");
            assert!(stored < HELD + 8_000, "{stored} bytes with one");
        }
    }
}
