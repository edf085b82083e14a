//! `wide_state`: fifteen fields, and six nodes that make lists longer.
//!
//! LangGraph's `wide_dict` has the same fields in a dictionary in place of a class. Here a state has its fields in any case, so both
//! are compared with this.

use super::case::{Case, Work};
use graph_runtime::{GraphState, Update, graph};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter::repeat_with;
use std::sync::Arc;

/// What a dictionary without a type may hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Value {
    Nothing,
    Flag(bool),
    Number(i64),
    Text(String),
}

pub(super) type Part = BTreeMap<String, Vec<Value>>;

/// Lists share what they hold, as lists of Python do.
pub(super) type Message = BTreeMap<String, Arc<Part>>;

#[derive(Clone, Debug, Default, GraphState)]
pub(super) struct Wide {
    /// How many messages are enough; LangGraph's nodes have it from the function that made them.
    pub(super) goal: usize,
    #[reduce(append)]
    pub(super) messages: Vec<Arc<Message>>,
    #[reduce(append)]
    pub(super) trigger_events: Vec<Arc<Message>>,
    #[reduce(with = keep)]
    pub(super) primary_issue_medium: Option<String>,
    pub(super) autoresponse: Option<Arc<Message>>,
    #[reduce(with = keep)]
    pub(super) issue: Option<Arc<Message>>,
    pub(super) relevant_rules: Vec<Arc<Message>>,
    pub(super) memory_docs: Vec<Arc<Message>>,
    #[reduce(append)]
    pub(super) categorizations: Vec<Arc<Message>>,
    #[reduce(append)]
    pub(super) responses: Vec<Arc<Message>>,
    #[reduce(with = keep)]
    pub(super) user_info: Option<Arc<Message>>,
    #[reduce(with = keep)]
    pub(super) crm_info: Option<Arc<Message>>,
    #[reduce(with = keep)]
    pub(super) email_thread_id: Option<String>,
    #[reduce(merge)]
    pub(super) slack_participants: BTreeMap<String, Arc<Part>>,
    pub(super) bot_id: String,
    #[reduce(merge)]
    pub(super) notified_assignees: BTreeMap<String, Arc<Part>>,
}

/// What is there stays if nothing comes.
fn keep<T>(old: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *old = new;
    }
}

fn letters(count: usize) -> String {
    repeat_with(fastrand::lowercase).take(count).collect()
}

/// The entries of the last message.
fn last(messages: &[Arc<Message>]) -> impl Iterator<Item = (String, Arc<Part>)> {
    messages.last().into_iter().flat_map(|last| last.iter().map(|(key, part)| (key.clone(), Arc::clone(part))))
}

pub(super) fn one(state: &Wide) -> impl Update<Wide> + use<> {
    Wide::update().trigger_events(state.messages.iter().cloned()).primary_issue_medium(Some(letters(state.goal)))
}

pub(super) fn two(state: &Wide) -> impl Update<Wide> + use<> {
    let event = state.trigger_events.last().cloned();
    Wide::update().autoresponse(event.clone()).issue(event)
}

pub(super) fn three(state: &Wide) -> impl Update<Wide> + use<> {
    Wide::update().relevant_rules(Vec::from_iter(state.autoresponse.clone()))
}

pub(super) fn four(state: &Wide) -> impl Update<Wide> + use<> {
    let events = &state.trigger_events;
    Wide::update().categorizations(events.iter().cloned()).responses(events.iter().cloned()).memory_docs(events.clone())
}

pub(super) fn five(state: &Wide) -> impl Update<Wide> + use<> {
    let info = state.categorizations.last().cloned();
    Wide::update()
        .user_info(info.clone())
        .crm_info(info)
        .email_thread_id(Some(letters(state.goal)))
        .slack_participants(last(&state.categorizations))
        .bot_id(letters(state.goal))
        .notified_assignees(last(&state.categorizations))
}

pub(super) fn six(state: &Wide) -> impl Update<Wide> + use<> {
    Wide::update().messages(state.responses.iter().cloned())
}

pub(super) fn grown(state: &Wide) -> bool {
    state.messages.len() > state.goal
}

graph! {
    graph Widening<Wide>;

    node one, two, three, four, five, six;

    start -> one -> two -> (three, four) -> five -> six -> match grown {
        true => end,
        false => one,
    };
}

/// A message of `outer` maps, each with `inner` lists.
pub(super) fn input(outer: usize, inner: usize, goal: usize) -> Wide {
    let items = [
        Value::Text("hi?".repeat(10)),
        Value::Flag(true),
        Value::Number(1),
        Value::Number(6_327_816_386_138),
        Value::Nothing,
    ];
    let key = |number: usize| number.to_string().repeat(10);
    let list = items.iter().cycle().take(25).cloned();
    let part = || Arc::new((0..inner).map(|number| (key(number), list.clone().collect())).collect());
    let message = (0..outer).map(|map| (key(map), part())).collect();
    Wide { goal, messages: vec![Arc::new(message)], ..Wide::default() }
}

pub(super) fn case(outer: usize, inner: usize, goal: usize) -> Case {
    let (loops, messages) = loops(goal);
    let work = Work {
        steps: 5 * loops,
        builder: Widening::builder,
        context: Arc::new(()),
        input: Box::new(move || input(outer, inner, goal)),
        by_hand: Box::new(by_hand),
        right: Box::new(move |state| state.messages.len() == messages),
    };
    let size = format!("{}x{goal}", outer * inner);
    let mut case = work.case(format!("wide_state {size}"));
    case.theirs.push(format!("wide_dict {size}"));
    case
}

/// How often the graph goes round, and how many messages there are in the end.
pub(super) fn loops(goal: usize) -> (usize, usize) {
    let (mut loops, mut messages, mut events, mut responses) = (0, 1, 0, 0);
    while messages <= goal {
        events += messages;
        responses += events;
        messages += responses;
        loops += 1;
    }
    (loops, messages)
}

fn by_hand(mut state: Wide) -> Wide {
    loop {
        state = round(state);
        if grown(&state) {
            return state;
        }
    }
}

/// The six nodes, one after the other.
pub(super) fn round(mut state: Wide) -> Wide {
    state.trigger_events.extend_from_slice(&state.messages);
    state.primary_issue_medium = Some(letters(state.goal));
    state.autoresponse = state.trigger_events.last().cloned();
    keep(&mut state.issue, state.trigger_events.last().cloned());
    state.relevant_rules = Vec::from_iter(state.autoresponse.clone());
    state.categorizations.extend_from_slice(&state.trigger_events);
    state.responses.extend_from_slice(&state.trigger_events);
    state.memory_docs.clone_from(&state.trigger_events);
    keep(&mut state.user_info, state.categorizations.last().cloned());
    keep(&mut state.crm_info, state.categorizations.last().cloned());
    state.email_thread_id = Some(letters(state.goal));
    state.slack_participants.extend(last(&state.categorizations));
    state.bot_id = letters(state.goal);
    state.notified_assignees.extend(last(&state.categorizations));
    state.messages.extend_from_slice(&state.responses);
    state
}
