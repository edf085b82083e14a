//! The model of the graph: what its nodes write, and where its routes lead.

use crate::graph::{Life, LivingNode, Way, entry, page, pages, signs, way};
use crate::operation::Answer;
use crate::thread::{Ask, Patch, Task};

/// Whether a node stands in the group.
pub(crate) fn in_desk(node: LivingNode) -> bool {
    matches!(node, LivingNode::Sign | LivingNode::Read | LivingNode::Tick)
}

/// What a node writes.
pub(crate) fn work(state: &Life, task: &Task, answer: Option<Answer>) -> Patch {
    let log = |number| vec![entry(number, state.hint)];
    let alone = |number| Patch { count: 1, log: log(number), hint: Some(number), ..Patch::default() };
    match (task.node, answer) {
        (LivingNode::Draft, _) => alone(1),
        (LivingNode::Refine, _) => Patch { text: page(state.count), ..alone(2) },
        (LivingNode::Publish, _) => alone(3),
        (LivingNode::Approve, Some(Answer::Approve(granted))) => {
            let log = vec![entry(4, state.hint), u8::from(granted)];
            Patch { log, verdict: Some(granted), ..alone(4) }
        }
        (LivingNode::Gather, _) => alone(5),
        (LivingNode::Sign, Some(Answer::Sign(signed))) => {
            let log = vec![entry(6, state.hint), u8::from(signed)];
            Patch { log, verdict: Some(signed), ..Patch::default() }
        }
        (LivingNode::Read, Some(Answer::Read(mark))) => {
            let page = task.item.expect("an item").1;
            Patch { log: vec![entry(7, state.hint), page, mark], ..Patch::default() }
        }
        (LivingNode::Tick, _) => Patch { count: 1, log: log(8), ..Patch::default() },
        other => unreachable!("no reply fits: {other:?}"),
    }
}

/// What follows a node that stands alone.
pub(crate) fn follow(node: LivingNode, state: &Life) -> Vec<Task> {
    if node == LivingNode::Refine { vec![bare(LivingNode::Publish)] } else { arrive(way(state), state) }
}

/// What a way leads to.
pub(crate) fn arrive(way: Way, state: &Life) -> Vec<Task> {
    match way {
        Way::Draft => vec![bare(LivingNode::Draft)],
        Way::Refine => vec![bare(LivingNode::Refine)],
        Way::Approve => vec![asking(LivingNode::Approve, None, state)],
        Way::Desk => {
            let sign = signs(state).then(|| asking(LivingNode::Sign, None, state));
            let items = pages(state).into_iter().enumerate();
            let reads = items.map(|item| asking(LivingNode::Read, Some(item), state));
            sign.into_iter().chain(reads).chain([bare(LivingNode::Tick)]).collect()
        }
        Way::End => vec![],
    }
}

pub(crate) fn bare(node: LivingNode) -> Task {
    Task { node, item: None, ask: None }
}

fn asking(node: LivingNode, item: Option<(usize, u8)>, state: &Life) -> Task {
    let count = state.count;
    let question = item.map_or_else(|| count.to_string(), |(_, page)| format!("[{count},{page}]"));
    Task { node, item, ask: Some(Ask { number: 0, question }) }
}

/// The same tasks in a branch, where every pause asks again.
pub(crate) fn ask_again(tasks: &[Task], state: &Life) -> Vec<Task> {
    let again = |task: &Task| match task.ask {
        Some(_) => asking(task.node, task.item, state),
        None => task.clone(),
    };
    tasks.iter().map(again).collect()
}
