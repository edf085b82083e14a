//! Which operations are drawn: all of them at any time, and more often those that fit what the thread is doing.

use crate::graph::LivingNode;
use crate::operation::{Answer, Call, Kept, Operation, Reply, Start, Target, Trouble};
use crate::reference::{Model, THREADS};
use graph_runtime::Status;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// The next operation.
pub(crate) fn operation(model: &Model) -> BoxedStrategy<Operation> {
    let of = |thread: usize| {
        (call(model, thread), trouble()).prop_map(move |(call, trouble)| Operation { thread, call, trouble }).boxed()
    };
    // Threads that there are not are for copies, too.
    let weight = |thread: usize| if model.status(thread).is_some() { 4 } else { 2 };
    Union::new_weighted((0..THREADS).map(|thread| (weight(thread), of(thread))).collect()).boxed()
}

fn call(model: &Model, thread: usize) -> BoxedStrategy<Call> {
    let status = model.status(thread);
    let rests = matches!(status, None | Some(Status::Finished | Status::Cancelled));
    let waits = model.waits(thread);
    let free: Vec<_> = (0..THREADS).filter(|thread| model.status(*thread).is_none()).collect();
    let free = if free.is_empty() { (0..THREADS).collect() } else { free };
    let often = |wanted: bool, weight: u32| if wanted { weight } else { 1 };
    prop_oneof![
        often(rests, 12) => invoke(),
        often(!rests && !waits, 6) => Just(Call::Resume),
        often(waits, 16) => reply(),
        2 => any::<usize>().prop_map(|at| Call::Replay { at }),
        2 => (any::<usize>(), word(), request()).prop_map(|(at, word, request)| Call::Fork { at, word, request }),
        2 => (word(), node()).prop_map(|(word, node)| Call::Update { word, node }),
        2 => (any::<usize>(), word(), node()).prop_map(|(at, word, node)| Call::UpdateAt { at, word, node }),
        1 => Just(Call::Cancel),
        1 => Just(Call::Recover),
        1 => kept().prop_map(Call::Prune),
        1 => select(free).prop_map(Call::CopyTo),
        1 => (0..THREADS).prop_map(Call::CopyTo),
        1 => Just(Call::Delete),
        1 => Just(Call::Mark),
        1 => Just(Call::Reopen),
    ]
    .boxed()
}

fn invoke() -> impl Strategy<Value = Call> {
    let start = prop_oneof![3 => Just(Start::IfFinished), 1 => Just(Start::Anew), 3 => Just(Start::OrResume)];
    // The end is one way among five, and many are no ends.
    let table = vec(prop_oneof![Just(2), Just(3), Just(1), Just(4), Just(0)], 0..6);
    (start, table, any::<bool>(), request()).prop_map(|(start, table, fresh, request)| Call::Invoke {
        start,
        table,
        fresh,
        request,
    })
}

fn reply() -> impl Strategy<Value = Call> {
    let to = prop_oneof![
        3 => Just(Target::Kind),
        6 => any::<usize>().prop_map(Target::Open),
        1 => any::<usize>().prop_map(Target::Answered),
        1 => any::<usize>().prop_map(Target::Ever),
        1 => Just(Target::Nobody),
    ];
    let answer = prop_oneof![
        any::<bool>().prop_map(Answer::Approve),
        any::<bool>().prop_map(Answer::Sign),
        any::<u8>().prop_map(Answer::Read),
    ];
    let reply = prop_oneof![1 => answer.prop_map(Reply::This), 3 => any::<u8>().prop_map(Reply::Fitting)];
    (to, reply, proptest::bool::weighted(0.3)).prop_map(|(to, reply, only)| Call::Reply { to, reply, only })
}

fn kept() -> impl Strategy<Value = Kept> {
    prop_oneof![
        2 => (0..24_u64).prop_map(Kept::Last),
        1 => any::<usize>().prop_map(Kept::Since),
        1 => Just(Kept::Pauses),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let fails = prop_oneof![3 => Just(0), 1 => 1..7_u8];
    let nodes = || prop_oneof![6 => Just(Vec::new()), 1 => vec(select(NODES.to_vec()), 1..3)];
    let crash = option::weighted(0.2, prop_oneof![0..16_usize, 0..120_usize]);
    (fails, nodes(), nodes(), crash).prop_map(|(fails, before, after, crash)| Trouble { fails, before, after, crash })
}

const NODES: [LivingNode; 8] = [
    LivingNode::Draft,
    LivingNode::Refine,
    LivingNode::Publish,
    LivingNode::Approve,
    LivingNode::Gather,
    LivingNode::Sign,
    LivingNode::Read,
    LivingNode::Tick,
];

fn node() -> impl Strategy<Value = Option<LivingNode>> {
    option::of(select(NODES.to_vec()))
}

fn request() -> impl Strategy<Value = Option<u8>> {
    option::weighted(0.3, 0..3_u8)
}

fn word() -> impl Strategy<Value = u8> {
    200..=255_u8
}
