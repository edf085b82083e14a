//! Groups: branches run side by side in lockstep, and what follows waits for all of them.

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{Command, Error, GraphState, MemorySaver, NodeCause, Outcome, Update, graph};

#[derive(GraphState, Debug, PartialEq)]
struct Trail {
    #[reduce(append)]
    seen: Vec<String>,
    /// Which conditions hold.
    wanted: Vec<String>,
    #[reduce(add)]
    rounds: u32,
    left: u32,
    right: u32,
    #[state(ephemeral)]
    hint: Option<u32>,
    #[state(skip)]
    cache: Vec<u32>,
    #[reduce(append)]
    heard: Vec<Option<u32>>,
}

macro_rules! visits {
    ($($name:ident)*) => { $(
        fn $name(_: &Trail) -> impl Update<Trail> + use<> {
            Trail::update().seen([stringify!($name).to_owned()])
        }
    )* };
}

macro_rules! asks {
    ($($name:ident: $what:literal)*) => { $(
        fn $name(trail: &Trail) -> bool {
            trail.wanted.iter().any(|wanted| wanted == $what)
        }
    )* };
}

visits! { a b c d e f g h i }
asks! { wants_a: "a" wants_b: "b" wants_c: "c" wants_d: "d" }

async fn slow(_: &Trail) -> impl Update<Trail> + use<> {
    yield_now().await;
    yield_now().await;
    Trail::update().seen(["slow".to_owned()])
}

fn never(_: &Trail) -> bool {
    false
}

fn wanting(wanted: &str) -> impl Update<Trail> + use<> {
    Trail::update().wanted(wanted.chars().map(String::from).collect())
}

fn walked(graph: impl Future<Output = Result<Trail, Error>>) -> String {
    block_on(graph).unwrap().seen.join(" ")
}

/// The tasks of every step, after it has been stored and read back.
macro_rules! steps {
    ($graph:ident, $input:expr) => {{
        let saver = MemorySaver::new();
        let stopping = $graph::builder().checkpointer(saver.clone()).step_limit(0).build();
        let mut outcome = block_on(stopping.thread("a").invoke($input)).unwrap();
        let thread = $graph::builder().checkpointer(saver).step_limit(1).build().thread("a");
        let mut steps = Vec::new();
        while let Outcome::Stopped(_) = outcome {
            steps.push(block_on(thread.snapshot()).unwrap().unwrap().tasks.join(" "));
            outcome = block_on(thread.resume()).unwrap();
        }
        (steps, outcome.finished().unwrap().seen.join(" "))
    }};
}

graph! {
    graph Diamond<Trail>;
    node a, b, c, d, e, slow;
    start -> a -> (slow, b -> c, d if never) -> e -> end;
}

#[test]
fn what_follows_a_group_waits_for_all_of_its_branches() {
    assert_eq!(walked(Diamond::new().run(())), "a slow b c e");
}

#[test]
fn a_thread_goes_through_a_group() {
    let graph = Diamond::builder().checkpointer(MemorySaver::new()).build();
    let trail = block_on(graph.thread("a").invoke(())).unwrap().finished().unwrap();
    assert_eq!(trail.seen, ["a", "slow", "b", "c", "e"]);
    let snapshot = block_on(graph.thread("a").snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.step, 4);
}

graph! {
    graph Nested<Trail>;
    node a, b, c, d, e, f, g, h, i;
    start -> (a -> (b -> (c, d -> e) -> f, g), h) -> i -> end;
}

#[test]
fn groups_nest_at_any_depth_and_branches_of_different_lengths_go_in_lockstep() {
    let (steps, seen) = steps!(Nested, ());
    assert_eq!(steps, ["a h", "b g", "c d", "e", "f", "i"]);
    assert_eq!(seen, "a h b g c d e f i");
    assert_eq!(walked(Nested::new().run(())), seen);
}

graph! {
    graph Guarded<Trail>;
    node a, b, c, d, e;
    start -> (a if wants_a, (b if wants_b, c if wants_c) -> d if wants_d) -> e -> end;
}

#[test]
fn a_branch_runs_only_if_its_condition_holds() {
    for (wanted, seen) in
        [("abcd", "a b c d e"), ("a", "a e"), ("bd", "b d e"), ("bc", "e"), ("ad", "a d e"), ("", "e")]
    {
        assert_eq!(walked(Guarded::new().run(wanting(wanted))), seen, "wanted {wanted}");
        assert_eq!(steps!(Guarded, wanting(wanted)).1, seen, "wanted {wanted}, on a thread");
    }
}

graph! {
    graph Empty<Trail>;
    node a, b, c;
    start -> (a if never, ((b if never) -> (c if never))) -> (a_again if never) -> end;
    node a_again = a;
}

#[test]
fn a_graph_of_empty_groups_ends_without_a_step() {
    assert_eq!(walked(Empty::new().run(())), "");
    let graph = Empty::builder().checkpointer(MemorySaver::new()).step_limit(0).build();
    assert!(matches!(block_on(graph.thread("a").invoke(())).unwrap(), Outcome::Finished(_)));
    assert_eq!(block_on(graph.thread("a").snapshot()).unwrap().unwrap().step, 0);
}

fn left(trail: &Trail) -> impl Update<Trail> + use<> {
    (Trail::update().left(trail.left + 1), Trail::update().seen(["left".to_owned()]))
}

fn right(trail: &Trail) -> impl Update<Trail> + use<> {
    (Trail::update().right(trail.right + 1), Trail::update().seen(["right".to_owned()]))
}

fn left_done(trail: &Trail) -> bool {
    trail.left >= 3
}

enum Turn {
    Again,
    Aside,
    Out,
}

fn turn(trail: &Trail) -> Turn {
    match trail.right {
        1 => Turn::Again,
        2 => Turn::Aside,
        _ => Turn::Out,
    }
}

graph! {
    graph Looping<Trail>;
    node left, right, a, b, c;
    start -> (
        left -> match left_done { true => join, false => left },
        right -> match turn {
            Turn::Again => right,
            Turn::Aside => a -> right,
            Turn::Out => b -> join,
        },
    ) -> c -> end;
}

#[test]
fn branches_loop_on_their_own_and_join_leaves_them() {
    let (steps, seen) = steps!(Looping, ());
    assert_eq!(steps, ["left right", "left right", "left a", "right", "b", "c"]);
    assert_eq!(seen, "left right left right left a right b c");
    assert_eq!(walked(Looping::new().run(())), seen);
}

fn count(_: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().rounds(1)
}

fn enough(trail: &Trail) -> bool {
    trail.rounds >= 3
}

graph! {
    graph Again<Trail>;
    node a, b, count;
    start -> 'again: (a, b if wants_b) -> count -> match enough { true => end, false => 'again };
}

#[test]
fn a_label_is_jumped_to_and_the_group_opens_anew() {
    assert_eq!(walked(Again::new().run(())), "a a a");
    assert_eq!(steps!(Again, wanting("b")).1, "a b a b a b");
}

graph! {
    graph Circle<Trail>;
    node a, b, c;
    start -> a -> 'around: (b if never) -> (c if never) -> match never { true => end, false => 'around };
}

#[test]
fn a_circle_without_a_node_is_an_error_and_not_a_hang() {
    let Err(Error::Node(error)) = block_on(Circle::new().run(())) else { panic!("nothing ever runs again") };
    assert!(matches!(&error.cause, NodeCause::Endless { region } if region == "'around"), "{error}");
    assert_eq!(error.node, "a");
    let thread = Circle::builder().checkpointer(MemorySaver::new()).build().thread("a");
    assert!(matches!(block_on(thread.invoke(())), Err(Error::Node(_))));
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.step, snapshot.tasks), (0, vec!["a".to_owned()]), "the step is not taken");
    assert!(snapshot.failures[0].message.contains("`'around`"), "{:?}", snapshot.failures);
}

enum Choice {
    Leave,
    Go,
    Stay,
}

fn chooses(trail: &Trail) -> Command<Choice, impl Update<Trail> + use<>> {
    let next = match trail.rounds {
        0 => Choice::Stay,
        1 => Choice::Go,
        _ => Choice::Leave,
    };
    Command::to(next).update(Trail::update().rounds(1).seen(["chooses".to_owned()]))
}

graph! {
    graph Commanding<Trail>;
    node chooses, slow, a, b;
    start -> (chooses -> match {
        Choice::Stay => chooses,
        Choice::Go => a -> chooses,
        Choice::Leave => join,
    }, slow) -> b -> end;
}

#[test]
fn a_node_in_a_branch_decides_itself_where_the_branch_goes() {
    let (steps, seen) = steps!(Commanding, ());
    assert_eq!(steps, ["chooses slow", "chooses", "a", "chooses", "b"]);
    assert_eq!(seen, "chooses slow chooses a chooses b");
}

fn hints(_: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().hint(Some(7))
}

fn caches(trail: &Trail) -> impl Update<Trail> + use<> {
    let mut cache = trail.cache.clone();
    cache.push(1);
    Trail::update().cache(cache)
}

fn hears(trail: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().heard([trail.hint, trail.cache.first().copied()])
}

graph! {
    graph Hinting<Trail>;
    node hints, caches, first = hears, second = hears, last = hears;
    start -> (hints, caches) -> (first -> last, second) -> end;
}

#[test]
fn a_hint_is_heard_by_all_tasks_of_the_next_step_and_what_is_skipped_lives_within_one_run() {
    let trail = block_on(Hinting::new().run(())).unwrap();
    assert_eq!(trail.heard, [Some(7), Some(1), Some(7), Some(1), None, Some(1)]);
    let graph = Hinting::builder().checkpointer(MemorySaver::new()).build();
    let again = block_on(graph.thread("a").invoke(())).unwrap().finished().unwrap();
    assert_eq!(again.heard, trail.heard);
    let graph = Hinting::builder().checkpointer(MemorySaver::new()).step_limit(1).build();
    let thread = graph.thread("a");
    assert!(matches!(block_on(thread.invoke(())).unwrap(), Outcome::Stopped(_)));
    assert!(matches!(block_on(thread.resume()).unwrap(), Outcome::Stopped(_)));
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.state.heard, [Some(7), None, Some(7), None], "the hint is stored, the cache is not");
    assert_eq!(snapshot.state.hint, None);
}
