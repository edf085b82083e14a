//! What a thread waits for, as its users see it.

#[cfg(feature = "json")]
use crate::Error;
use crate::clock;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::path::{Part, TaskName, TaskPath};
use crate::graph::engine::pause::Asked;
use crate::{Definition, ThreadId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The name of one pause at which a thread waits: what a reply is addressed to.
///
/// It names the task and the checkpoint in which it began to wait, `approve@3.5f2c9a1b04d1e872`, and is the same until the
/// reply is used, also in other processes. The same pause reached again has another one, and so has a fork of the thread. It
/// is no secret: whoever may reply is for the program to decide. With serde it is a string.
///
/// # Examples
///
/// ```
/// use graph_runtime::WaitingId;
///
/// let id = WaitingId::from("approve@3.5f2c9a1b04d1e872");
/// assert_eq!(id.as_str(), "approve@3.5f2c9a1b04d1e872");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WaitingId(Arc<str>);

impl WaitingId {
    /// The id as a string, to be shown, sent and brought back.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Into<Arc<str>>> From<S> for WaitingId {
    fn from(id: S) -> Self {
        WaitingId(id.into())
    }
}

impl From<&WaitingId> for WaitingId {
    fn from(id: &WaitingId) -> Self {
        id.clone()
    }
}

impl fmt::Display for WaitingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for WaitingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// A pause at which a thread waits, and what it asks; found in [`Pause::waiting`] and
/// [`Snapshot::waiting`](crate::Snapshot).
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    id: WaitingId,
    node: String,
    task: String,
    item: Option<usize>,
    question: String,
    since: u64,
    due: Option<u64>,
}

impl Waiting {
    /// What a reply is addressed to.
    #[must_use]
    pub fn id(&self) -> &WaitingId {
        &self.id
    }

    /// The pause by its name in the graph text: in that of the subgraph, if it stands in one.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The task by its full name: the pause, behind the subgraphs that it is in, with its items: `research[3]/approve`.
    #[must_use]
    pub fn task(&self) -> &str {
        &self.task
    }

    /// Which item of the innermost `for` around the pause, or around the subgraph that it is in, it is about, from 0; `None`
    /// outside of every `for`.
    #[must_use]
    pub fn item(&self) -> Option<usize> {
        self.item
    }

    /// What is asked, as the type that `asks` gave or one that reads its JSON. Without `asks`, that is `()`.
    ///
    /// # Errors
    ///
    /// [`Error::Question`] if the JSON is no such value.
    #[cfg(feature = "json")]
    pub fn question<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        let unreadable = |error: serde_json::Error| Error::Question { id: self.id.clone(), reason: error.to_string() };
        serde_json::from_str(&self.question).map_err(unreadable)
    }

    /// What is asked, as JSON. Without `asks`, that is `null`.
    #[must_use]
    pub fn question_json(&self) -> &str {
        &self.question
    }

    /// When it was asked.
    #[must_use]
    pub fn since(&self) -> SystemTime {
        clock::instant(self.since)
    }

    /// When its `#[deadline]` is over, if it has one: the thread then takes the default, once it is driven.
    #[must_use]
    pub fn due(&self) -> Option<SystemTime> {
        self.due.map(clock::instant)
    }

    pub(in crate::thread) fn new(name: &TaskName, asked: &Asked) -> Waiting {
        let item = name.path.iter().rev().find_map(|part| match part {
            Part::Item(item) => usize::try_from(*item).ok(),
            Part::Inside(_) => None,
        });
        Waiting {
            id: asked.id.clone().unwrap_or_default().into(),
            node: name.node.to_owned(),
            task: name.to_string(),
            item,
            question: asked.question.clone(),
            since: asked.since,
            due: asked.due(),
        }
    }
}

/// Shows everything but the question, which may hold what nobody should read in a log.
impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("id", &self.id).field("task", &self.task).finish_non_exhaustive()
    }
}

/// A thread that waits for replies, and for nothing else: it holds no task and no memory, and the process may end.
///
/// # Examples
///
/// ```
/// use graph_runtime::{GraphState, MemorySaver, Outcome, Update, graph};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(GraphState)]
/// struct Purchase {
///     cents: u64,
///     granted: bool,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Approval {
///     granted: bool,
/// }
///
/// fn price(purchase: &Purchase) -> u64 {
///     purchase.cents
/// }
///
/// fn approve(_: &Purchase, approval: &Approval) -> impl Update<Purchase> + use<> {
///     Purchase::update().granted(approval.granted)
/// }
///
/// graph! {
///     graph Buying<Purchase>;
///     pause approve(Approval) asks price;
///     start -> approve -> end;
/// }
///
/// # futures_lite::future::block_on(async {
/// let thread = Buying::builder().checkpointer(MemorySaver::new()).build().thread("desk");
/// let Outcome::Paused(pause) = thread.invoke(Purchase::update().cents(90_00)).await? else { panic!("it asks") };
/// assert_eq!(pause.waiting()[0].question::<u64>()?, 90_00);
///
/// let reply = BuyingReply::Approve(Approval { granted: true });
/// let purchase = thread.reply(reply).by("alice").await?.finished()?;
/// assert!(purchase.granted);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pause {
    /// The thread.
    pub thread: ThreadId,
    waiting: Vec<Waiting>,
}

impl Pause {
    pub(in crate::thread) fn new(thread: ThreadId, waiting: Vec<Waiting>) -> Pause {
        Pause { thread, waiting }
    }

    /// What it waits for, in the order of the graph text, then of the items; never empty.
    #[must_use]
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread `{}` waits for a reply to ", self.thread)?;
        for (index, waiting) in self.waiting.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}`{}`", waiting.id)?;
        }
        Ok(())
    }
}

/// The pauses of a machine whose replies have not come.
pub(in crate::thread) fn of<G: Definition>(machine: &mut Machine<G>) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    machine.pauses(&TaskPath::new(), &mut |name, asked, replied| {
        if !replied {
            waiting.push(Waiting::new(name, asked));
        }
    });
    waiting
}
