//! Graphs of every visibility, and of a state with fields that nobody else may name.

use crate::prelude::graphs::{Command, Ctx, GraphState, Update, graph};

/// Counts.
#[derive(Debug, GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Tally {
    /// How far.
    pub count: u64,
}

/// Where to go.
#[derive(Debug)]
pub enum Step {
    /// Again.
    Again,
    /// No further.
    Stop,
}

fn add(tally: &Tally) -> impl Update<Tally> + use<> {
    Tally::update().count(tally.count + 1)
}

async fn choose<C: Sync>(tally: &Tally, _: &Ctx<C>) -> Command<Step> {
    std::future::ready(()).await;
    Command::to(if tally.count < 3 { Step::Again } else { Step::Stop })
}

const fn is_full(tally: &Tally) -> bool {
    tally.count > 8
}

graph! {
    /// Seen by all.
    #[graph(crate = crate::prelude::graphs)]
    pub graph Visible<Tally>;

    /// Adds one.
    node add;
    node choose, more = add;

    start -> add -> choose -> match {
        Step::Again => add,
        Step::Stop => more -> match is_full {
            true => end,
            false => more,
        },
    };
}

graph! {
    #[graph(crate = crate::prelude::graphs)]
    graph Private<Tally, String>;

    node choose;

    start -> match is_full {
        true => end,
        false => choose,
    };

    choose -> match {
        Step::Again | Step::Stop => end,
    };
}

/// A graph that is seen less far.
pub mod inner {
    use super::{Tally, add};
    use crate::prelude::graphs::graph;

    graph! {
        #[graph(crate = crate::prelude::graphs)]
        pub(crate) graph InCrate<Tally>;
        node add;
        start -> add -> end;
    }

    graph! {
        /// Not for the public, but reachable.
        #[graph(crate = crate::prelude::graphs)]
        #[deprecated]
        #[allow(clippy::empty_enums)]
        pub(super) graph Above<super::Tally>;
        node add = super::add;
        start -> add -> end;
    }
}

/// How many graphs there are.
#[must_use]
#[expect(deprecated, reason = "one graph is")]
pub fn graphs() -> usize {
    use crate::prelude::graphs::{Definition, NodeName};
    let (_, _, _) = (Visible::new(), inner::InCrate::new(), inner::Above::new());
    let _ = Private::builder().context("tools".to_owned()).build();
    <Visible as Definition>::Node::ALL.len() + <Private as Definition>::Node::ALL.len()
}
