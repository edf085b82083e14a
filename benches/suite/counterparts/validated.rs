//! `pydantic_state`: the wide graph, whose state is validated whenever it is read.
//!
//! In Rust the types say most of what a model of pydantic checks. What they cannot say is checked by a conversion that each node
//! begins with.

use super::case::{Case, Work};
use super::wide::{self, Message, Wide};
use graph_runtime::{Update, graph};
use std::sync::Arc;

/// A state that was looked through: every list holds maps that are not empty, every map has keys that are not empty, every text is
/// of lower case.
struct Valid<'a>(&'a Wide);

impl<'a> TryFrom<&'a Wide> for Valid<'a> {
    type Error = &'static str;

    fn try_from(state: &'a Wide) -> Result<Valid<'a>, &'static str> {
        let lists = [
            &state.messages,
            &state.trigger_events,
            &state.relevant_rules,
            &state.memory_docs,
            &state.categorizations,
            &state.responses,
        ];
        if lists.iter().any(|list| list.iter().any(|message| message.is_empty())) {
            return Err("a list holds an empty map");
        }
        let maps = [&state.autoresponse, &state.issue, &state.user_info, &state.crm_info];
        let merged: [&Message; 2] = [&state.slack_participants, &state.notified_assignees];
        let mut maps = maps.iter().filter_map(|map| map.as_deref()).chain(merged);
        if maps.any(|map| map.keys().any(String::is_empty)) {
            return Err("a key is empty");
        }
        let texts = [state.primary_issue_medium.as_deref(), state.email_thread_id.as_deref(), Some(&*state.bot_id)];
        if texts.iter().flatten().any(|text| text.chars().any(|letter| !letter.is_lowercase())) {
            return Err("a text is not of lower case");
        }
        Ok(Valid(state))
    }
}

/// The nodes of the wide graph, behind the conversion.
macro_rules! validated {
    ($($node:ident)*) => {
        $(fn $node(state: &Wide) -> Result<impl Update<Wide> + use<>, &'static str> {
            let Valid(state) = state.try_into()?;
            Ok(wide::$node(state))
        })*
    };
}

validated!(one two three four five six);

/// What is not valid goes to a node, which says so.
fn grown(state: &Wide) -> bool {
    Valid::try_from(state).is_ok_and(|Valid(state)| wide::grown(state))
}

graph! {
    graph Validated<Wide>;

    node one, two, three, four, five, six;

    start -> one -> two -> (three, four) -> five -> six -> match grown {
        true => end,
        false => one,
    };
}

pub(super) fn case(outer: usize, inner: usize, goal: usize) -> Case {
    let (loops, messages) = wide::loops(goal);
    let work = Work {
        steps: 5 * loops,
        builder: Validated::builder,
        context: Arc::new(()),
        input: Box::new(move || wide::input(outer, inner, goal)),
        by_hand: Box::new(by_hand),
        right: Box::new(move |state| state.messages.len() == messages),
    };
    work.case(format!("pydantic_state {}x{goal}", outer * inner))
}

fn by_hand(mut state: Wide) -> Wide {
    loop {
        // Six nodes read the state, and a route; by hand it need not be looked through after each of them.
        state = wide::round(state);
        if Valid::try_from(&state).is_ok_and(|Valid(state)| wide::grown(state)) {
            return state;
        }
    }
}
