//! What is done to the threads.

use crate::view::{Act, Turn, Way};
use graph_runtime::{Durability, Keep};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(crate) const THREADS: usize = 3;

#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) thread: usize,
    pub(crate) call: Call,
    pub(crate) limit: u64,
    pub(crate) durability: Durability,
    /// After how many polls the call is dropped.
    pub(crate) crash: Option<usize>,
    /// After how many calls of the store another process prunes the thread, and what that keeps.
    pub(crate) meanwhile: Option<(u64, Keep)>,
}

/// A checkpoint is a number, of which those that are there are counted.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Begin {
        script: Vec<Turn>,
        restart: bool,
    },
    Resume,
    Reply(u8),
    Replay(usize),
    Fork(usize, u8),
    Edit(u8),
    EditAt(usize, u8),
    Cancel,
    /// By a program that does not know the fields, perhaps.
    Prune(Keep, bool),
    Copy(usize),
    /// Into a file, into another store, and from there back.
    Move,
    Delete,
    Reopen,
    /// The newer program from now on.
    Upgrade,
}

impl Call {
    /// Whether it may run nodes.
    pub(crate) fn runs(&self) -> bool {
        matches!(self, Call::Begin { .. } | Call::Resume | Call::Reply(_) | Call::Replay(_) | Call::Fork(..))
    }

    /// Whether it only goes on from the newest checkpoint.
    pub(crate) fn resumes(&self) -> bool {
        matches!(self, Call::Resume | Call::Reply(_))
    }
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let at = any::<usize>;
    let call = prop_oneof![
        10 => (vec(turn(), 1..40), proptest::bool::weighted(0.3)).prop_map(|(script, restart)| Call::Begin { script, restart }),
        8 => Just(Call::Resume),
        6 => any::<u8>().prop_map(Call::Reply),
        1 => at().prop_map(Call::Replay),
        1 => (at(), any::<u8>()).prop_map(|(at, word)| Call::Fork(at, word)),
        1 => any::<u8>().prop_map(Call::Edit),
        1 => (at(), any::<u8>()).prop_map(|(at, word)| Call::EditAt(at, word)),
        1 => Just(Call::Cancel),
        3 => (keep(), any::<bool>()).prop_map(|(keep, poor)| Call::Prune(keep, poor)),
        2 => (0..THREADS).prop_map(Call::Copy),
        1 => Just(Call::Move),
        1 => Just(Call::Reopen),
    ];
    let rare = prop_oneof![30 => call, 1 => Just(Call::Delete), 1 => Just(Call::Upgrade)];
    let durability =
        prop_oneof![6 => Just(Durability::Sync), 1 => Just(Durability::Async), 1 => Just(Durability::Exit)];
    let crash = option::weighted(0.1, 0..60_usize);
    let meanwhile = option::weighted(0.1, (0..60_u64, keep()));
    // Most of it happens to one thread, so that it gets long.
    let thread = prop_oneof![4 => Just(0), 1 => 0..THREADS];
    (thread, rare, 1..60_u64, durability, crash, meanwhile).prop_map(
        |(thread, call, limit, durability, crash, meanwhile)| Operation {
            thread,
            call,
            limit,
            durability,
            crash,
            meanwhile,
        },
    )
}

fn keep() -> impl Strategy<Value = Keep> {
    prop_oneof![2 => (0..40_u64).prop_map(Keep::Last), 1 => Just(Keep::Pauses)]
}

fn turn() -> impl Strategy<Value = Turn> {
    let key = || 0..40_u8;
    let length = || prop_oneof![30 => 0..400_u16, 8 => 400..1_500_u16, 1 => 1_500..9_000_u16];
    let act = prop_oneof![
        6 => (1..4_u8, length()).prop_map(|(count, bytes)| Act::Lines(count, bytes)),
        4 => length().prop_map(Act::Tale),
        2 => any::<u8>().prop_map(Act::Queue),
        6 => (key(), length()).prop_map(|(key, bytes)| Act::Card(key, bytes)),
        2 => key().prop_map(Act::Uncard),
        2 => any::<u8>().prop_map(Act::Mark),
        2 => any::<u8>().prop_map(Act::Unmark),
        6 => (key(), length()).prop_map(|(key, bytes)| Act::Note(key, bytes)),
        4 => (key(), key()).prop_map(|(one, other)| Act::Unnote(one, other)),
        2 => any::<u8>().prop_map(Act::Page),
        1 => length().prop_map(Act::Picture),
        3 => length().prop_map(Act::Extra),
        3 => (key(), length()).prop_map(|(key, bytes)| Act::Several(key, bytes)),
        1 => Just(Act::Nothing),
        1 => length().prop_map(|bytes| Act::Lines(20, bytes / 8 + 200)),
    ];
    let seldom = prop_oneof![length().prop_map(Act::Emptied), Just(Act::Picture(40_000))];
    let act = prop_oneof![100 => act, 1 => seldom];
    let way = prop_oneof![
        16 => Just(Way::Act),
        1 => Just(Way::Dream),
        1 => Just(Way::Read),
        1 => Just(Way::Ask),
    ];
    (act, way).prop_map(|(act, way)| Turn { act, way })
}
