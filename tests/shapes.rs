//! What is sound is not refused: groups whose branches cannot write over each other, whatever the graph looks like.

#![deny(missing_docs, unreachable_pub, unused, clippy::pedantic)]
#![allow(clippy::unwrap_used, reason = "a test that fails should say where")]
#![allow(clippy::ptr_arg, reason = "an item comes by reference to its own type")]

use futures_lite::future::block_on;
use graph_runtime::{Command, GraphState, NodeError, Update, graph};
use serde::{Deserialize, Serialize};

/// A state with fields of both kinds.
#[derive(GraphState, Debug)]
pub struct Job {
    step: u32,
    size: u32,
    #[reduce(append)]
    notes: Vec<String>,
}

fn step(job: &Job) -> impl Update<Job> + use<> {
    Job::update().step(job.step + 1).notes(["step".to_owned()])
}

fn size(job: &Job) -> impl Update<Job> + use<> {
    Job::update().size(job.size + 1).notes(["size".to_owned()])
}

fn note(_: &Job) -> impl Update<Job> + use<> {
    Job::update().notes(["note".to_owned()])
}

fn far(job: &Job) -> bool {
    job.step > 2
}

fn notes_of(job: &Job) -> Vec<String> {
    job.notes.clone()
}

mod different_fields {
    use super::{Job, block_on, graph, note, size, step};

    graph! {
        pub(super) graph Apart<Job>;
        node step, size, note, more = note;
        start -> (step, size -> note, more) -> end;
    }

    #[test]
    fn siblings_write_different_fields_and_reduce_one() {
        let job = block_on(Apart::new().run(())).unwrap();
        assert_eq!((job.step, job.size, job.notes.len()), (1, 1, 4));
    }
}

mod one_branch {
    use super::{Job, block_on, far, graph, note, step};

    graph! {
        graph Alone<Job>;
        node step, note, more = step, third = step;
        start -> (step -> more -> third -> match far { true => join, false => step }, note) -> end;
    }

    #[test]
    fn nodes_of_one_branch_write_one_after_the_other() {
        let job = block_on(Alone::new().run(())).unwrap();
        assert_eq!((job.step, job.notes.len()), (3, 4));
    }
}

mod arms {
    use super::{Job, block_on, far, graph, note, step};

    graph! {
        graph Arms<Job>;
        node note, more = note, step, other = step, third = step;
        start -> (note -> match far { true => step -> join, false => other -> join }, more) -> third -> end;
    }

    #[test]
    fn arms_of_one_match_never_meet() {
        let job = block_on(Arms::new().run(())).unwrap();
        assert_eq!((job.step, job.notes.len()), (2, 4));
    }
}

mod groups_in_a_row {
    use super::{Job, block_on, graph, note, step};

    graph! {
        graph Row<Job>;
        node step, note, more = note, other = step;
        start -> (step, note) -> (more, other) -> end;
    }

    #[test]
    fn groups_in_a_row_never_meet() {
        let job = block_on(Row::new().run(())).unwrap();
        assert_eq!((job.step, job.notes), (2, ["step", "note", "note", "step"].map(str::to_owned).to_vec()));
    }
}

mod many {
    use super::{Job, block_on, graph, note};

    graph! {
        graph Wide<Job>;
        node n0 = note, n1 = note, n2 = note, n3 = note, n4 = note, n5 = note, n6 = note, n7 = note,
            n8 = note, n9 = note, n10 = note, n11 = note, n12 = note, n13 = note, n14 = note, n15 =
            note, n16 = note, n17 = note, n18 = note, n19 = note, n20 = note, n21 = note, n22 =
            note, n23 = note, n24 = note, n25 = note, n26 = note, n27 = note, n28 = note, n29 =
            note, n30 = note, n31 = note, n32 = note, n33 = note, n34 = note, n35 = note, n36 =
            note, n37 = note, n38 = note, n39 = note;
        start -> (n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17,
            n18, n19, n20, n21, n22, n23, n24, n25, n26, n27, n28, n29, n30, n31, n32, n33, n34,
            n35, n36, n37, n38, n39) -> end;
    }

    #[test]
    fn more_nodes_than_one_block_awaits_all_run() {
        assert_eq!(block_on(Wide::new().run(())).unwrap().notes.len(), 40);
    }
}

mod large {
    use super::{Command, Job, Update, block_on, graph, note};
    use std::ops::Range;

    async fn later(job: &Job) -> Result<impl Update<Job> + use<>, &'static str> {
        futures_lite::future::yield_now().await;
        if job.step > 2 { Err("once too often") } else { Ok(Job::update().step(job.step + 1)) }
    }

    fn again(job: &Job) -> Command<bool, impl Update<Job> + use<>> {
        Command::to(job.step < 2).update(Job::update().notes(["decided".to_owned()]))
    }

    fn items(_: &Job) -> Range<u32> {
        0..3
    }

    async fn add(_: &Job, item: &u32) -> impl Update<Job> + use<> {
        futures_lite::future::yield_now().await;
        Job::update().notes([item.to_string()])
    }

    graph! {
        graph Large<Job>;
        node n0 = note, n1 = note, n2 = note, n3 = note, n4 = note, n5 = note, n6 = note, n7 = note, n8 = note,
            n9 = note, n10 = note, n11 = note, n12 = note, n13 = note, n14 = note, n15 = note, n16 = note, n17 = note,
            n18 = note, n19 = note, n20 = note, n21 = note, n22 = note, n23 = note, n24 = note, n25 = note, n26 = note,
            n27 = note, n28 = note, n29 = note, n30 = note, n31 = note, n32 = note, n33 = note;
        node later, again, add;
        start -> n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> n8 -> n9 -> n10 -> n11 -> n12 -> n13 -> n14 -> n15
            -> n16 -> n17 -> n18 -> n19 -> n20 -> n21 -> n22 -> n23 -> n24 -> n25 -> n26 -> n27 -> n28 -> n29 -> n30
            -> n31 -> n32 -> n33 -> later -> again -> match { true => n33, false => for items(u32) { add } -> end };
    }

    #[test]
    fn a_large_graph_awaits_decides_and_takes_items() {
        let job = block_on(Large::new().run(())).unwrap();
        // `n33`, `later` and `again` run twice, and `add` for three items.
        assert_eq!((job.step, job.notes.len()), (2, 35 + 2 + 3));
        assert_eq!(job.notes[37..], ["0", "1", "2"]);
    }

    #[test]
    fn a_node_of_a_large_graph_that_fails_is_named() {
        let error = block_on(Large::new().run(Job::update().step(3))).unwrap_err();
        assert!(error.to_string().contains("later"), "{error}");
    }
}

mod overwriting {
    use super::{Job, Update, block_on, graph, size, step};

    fn clear(_: &Job) -> impl Update<Job> + use<> {
        Job::update().overwrite_notes(Vec::new())
    }

    fn plain(job: &Job) -> impl Update<Job> + use<> {
        Job::update().size(job.size + 1)
    }

    graph! {
        graph Overwriting<Job>;
        node step, size, clear, plain;
        start -> (step, size) -> (clear, plain) -> end;
    }

    #[test]
    fn one_overwrites_what_no_sibling_writes() {
        let job = block_on(Overwriting::new().run(())).unwrap();
        assert_eq!((job.step, job.size, job.notes.len()), (1, 2, 0));
    }
}

mod items {
    use super::{Deserialize, Job, Serialize, Update, block_on, graph};

    /// Known to this module alone.
    #[derive(Serialize, Deserialize)]
    struct Page(u32);

    fn pages(_: &Job) -> impl Iterator<Item = Page> + use<> {
        (0..3).map(Page)
    }

    fn read(_: &Job, page: &Page) -> impl Update<Job> + use<> {
        Job::update().notes([page.0.to_string()])
    }

    graph! {
        graph Reading<Job>;
        node read;
        start -> for pages(Page) { read } -> end;
    }

    graph! {
        /// A graph that all see, over items that nobody else does.
        pub graph Open<Job>;
        node read;
        start -> #[concurrency(2)] for pages(Page) { read } -> end;
    }

    #[test]
    fn items_are_of_a_private_type() {
        let notes = ["0", "1", "2"].map(str::to_owned);
        assert_eq!(block_on(Reading::new().run(())).unwrap().notes, notes);
        assert_eq!(block_on(Open::new().run(())).unwrap().notes, notes);
    }
}

mod policies {
    use super::{Command, Job, NodeError, Update, far, graph, notes_of, step};

    /// Where to go.
    pub(super) enum Turn {
        /// Once more.
        Again,
        /// No further.
        Leave,
    }

    async fn turn(job: &Job) -> Result<Command<Turn, impl Update<Job> + use<>>, String> {
        std::future::ready(()).await;
        match job.size {
            0 => Err("nothing there".to_owned()),
            1 => Ok(Command::to(Turn::Leave).update(Job::update().size(2))),
            _ => Ok(Command::to(Turn::Again).update(Job::update().size(1))),
        }
    }

    fn turned(_: &Job, error: &NodeError) -> Command<Turn, impl Update<Job> + use<>> {
        Command::to(Turn::Leave).update(Job::update().notes([error.node.to_owned()]))
    }

    fn worth(error: &NodeError) -> bool {
        error.step < 9
    }

    fn crunch(_: &Job, note: &String) -> impl Update<Job> + use<> {
        Job::update().notes([note.to_uppercase()])
    }

    fn enter(job: &Job, note: &String) -> impl Update<Job> + use<> {
        Job::update().step(job.step).notes([note.clone()])
    }

    fn leave(_: &Job, note: &String, child: &Job) -> impl Update<Job> + use<> {
        Job::update().notes([format!("{note} {}", child.step)])
    }

    graph! {
        /// A graph inside of another.
        pub graph Inner<Job>;
        node step;
        start -> step -> match far { true => end, false => step };
    }

    graph! {
        /// Everything at once.
        #[retry(attempts = 2)]
        pub graph Everything<Job>;

        node step;
        #[retry(attempts = 3, backoff = "1ms", factor = 1.5, max = "1s", jitter = false, if = worth)]
        #[timeout("30s")]
        #[on_error(turned)]
        node turn;
        #[blocking]
        node crunch;
        /// Runs the inner graph.
        subgraph inner = Inner(enter, leave);

        start -> step -> 'both: (
            turn -> match { Turn::Again => turn, Turn::Leave => join },
            for notes_of(String) { (crunch, inner if is_short) } if far_enough,
        ) -> match far { true => end, false => step };
    }

    fn is_short(_: &Job, note: &String) -> bool {
        note.len() < 9
    }

    fn far_enough(job: &Job) -> bool {
        job.step > 1
    }

    #[tokio::test(start_paused = true)]
    async fn a_strict_user_writes_everything_at_once() {
        let job = Everything::new().run(()).await.unwrap();
        assert_eq!(job.step, 3);
        assert!(job.notes.contains(&"TURN".to_owned()), "{job:?}");
        assert!(job.notes.contains(&"turn 3".to_owned()), "{job:?}");
    }
}

#[test]
fn a_graph_stands_in_a_function() {
    /// Only here.
    #[derive(GraphState)]
    struct Local {
        #[reduce(add)]
        sum: u32,
    }

    fn numbers(_: &Local) -> [u32; 3] {
        [1, 2, 3]
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "items come by reference")]
    fn add(_: &Local, number: &u32) -> impl Update<Local> + use<> {
        Local::update().sum(*number)
    }

    graph! {
        graph Adding<Local>;
        node add, more = add;
        start -> for numbers(u32) { (add, more) } -> end;
    }

    assert_eq!(block_on(Adding::new().run(())).unwrap().sum, 12);
}
