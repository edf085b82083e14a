//! A checkpoint after every node in a `MemorySaver`, against bincode and the append alone.

use crate::rounds::{Case, Pair, Target};
use crate::steps::graphs::{Small, Wide, small, small_by_hand, wide, wide_by_hand};
use futures_lite::future::block_on;
use graph_runtime::{
    Append, Builder, CheckpointId, Checkpointer, Commit, Definition, Head, MemorySaver, RecordHash, Status, ThreadId,
    ThreadKey, Update,
};
use serde::Serialize;
use std::time::Instant;

const NODES: u32 = 1_000;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("`MemorySaver`, 2 fields", small::Looped::builder, Small::example, |state, hand| {
            small_by_hand(state, |state| hand.commit(state));
        }),
        case("`MemorySaver`, 15 fields", wide::Looped::builder, Wide::example, |state, hand| {
            wide_by_hand(state, |state| hand.commit(state));
        }),
    ]
}

fn case<G>(
    name: &'static str,
    builder: fn() -> Builder<G>,
    example: fn(u64) -> G::State,
    by_hand: fn(G::State, &mut Hand),
) -> Case
where
    G: Definition<Context = ()>,
    G::State: Update<G::State>,
{
    let left = u64::from(NODES / 2);
    let open = move || {
        let mut hand = Hand::default();
        let graph = builder().step_limit(u64::MAX).checkpointer(MemorySaver::new()).build();
        let mut threads = 0;
        Ok(Pair {
            floor: Box::new(move || {
                hand.thread();
                let began = Instant::now();
                by_hand(example(left), &mut hand);
                began.elapsed()
            }),
            graph: Box::new(move || {
                threads += 1;
                let thread = graph.thread(name_of(threads));
                let began = Instant::now();
                let outcome = block_on(thread.invoke(example(left))).expect("the run ends");
                let took = began.elapsed();
                outcome.finished().expect("the graph reaches its end");
                took
            }),
        })
    };
    Case { name, nodes: NODES, rounds: 1, target: Target::Times(1.0), open: Box::new(open) }
}

fn name_of(thread: u32) -> String {
    format!("thread-{thread:06}")
}

/// Threads in a store, whose records are what bincode makes of the state.
#[derive(Default)]
struct Hand {
    saver: MemorySaver,
    threads: u32,
    thread: Option<ThreadKey>,
    head: Option<(CheckpointId, RecordHash)>,
}

impl Hand {
    /// The commits that follow are those of a new thread.
    fn thread(&mut self) {
        self.threads += 1;
        let thread = ThreadId::new(name_of(self.threads)).expect("the name is valid");
        (self.thread, self.head) = (Some(ThreadKey { graph: "Looped".into(), thread }), None);
    }

    fn commit(&mut self, state: &impl Serialize) {
        let Some(thread) = self.thread.clone() else { return };
        let expected = self.head;
        let checkpoint = CheckpointId(expected.map_or(1, |(CheckpointId(before), _)| before + 1));
        let head = Head { checkpoint, hash: RecordHash([7; 16]), status: Status::Running, updated: 0, due: None };
        let record = bincode::serialize(state).expect("the state can be encoded");
        let append = Append { thread, expected, head, record, request: None, commit: Commit::Synced };
        block_on(self.saver.append(append)).expect("the store takes the record");
        self.head = Some((head.checkpoint, head.hash));
    }
}
