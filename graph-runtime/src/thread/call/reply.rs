//! Replies of people to the pauses of a thread.

use crate::fault::fault;
use crate::graph::engine::pause;
use crate::thread::Thread;
use crate::thread::Waiting;
use crate::thread::WaitingId;
use crate::thread::call::invoke;
use crate::thread::call::{Ask, Call, Place};
use crate::thread::run::Run;
use crate::thread::run::inbox::Delivered;
use crate::thread::run::lease;
use crate::thread::stored::{Stored, ThreadStore};
use crate::thread::view::waiting;
use crate::{Definition, Error, Outcome, Replies, Status, Stop, StopReason, StoreError, clock};
use std::fmt;
use std::future::Future;

/// Replies, and drives the thread on; what [`Thread::reply`] and [`Thread::reply_to`] ask of a thread.
pub struct Reply<G: Definition> {
    /// `None` for the one pause of this kind at which the thread waits.
    to: Option<WaitingId>,
    answer: G::Reply,
    by: Option<String>,
    because: Option<String>,
}

impl<G: Definition> Thread<G> {
    /// Replies to the pause that waits for this reply, and drives the thread on.
    ///
    /// The reply is stored before it is used, and used once. If the thread runs in this process, that run takes it at its next
    /// step, and this call ends at once, with [`StopReason::Elsewhere`].
    ///
    /// # Errors
    ///
    /// * [`Error::NotWaiting`] if the thread does not wait there, [`Error::AlreadyReplied`] if it has that reply.
    /// * [`Error::SeveralWaiting`] if it waits there several times, as in a `for`: use [`reply_to`](Thread::reply_to).
    /// * Else as [`Thread::resume`]. The reply is stored then, and `resume` goes on with it.
    ///
    /// # Examples
    ///
    /// See [`Pause`](crate::Pause).
    pub fn reply(&self, reply: G::Reply) -> Call<G, Reply<G>> {
        self.ask(Reply { to: None, answer: reply, by: None, because: None })
    }

    /// Replies to the pause of this id, and drives the thread on: as [`reply`](Thread::reply), where a thread waits several
    /// times at one pause.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownWaiting`] if the thread has no such pause, [`Error::WrongReply`] if it waits for another reply; else as
    /// [`Thread::reply`].
    pub fn reply_to(&self, id: impl Into<WaitingId>, reply: G::Reply) -> Call<G, Reply<G>> {
        self.ask(Reply { to: Some(id.into()), answer: reply, by: None, because: None })
    }
}

impl<G: Definition> Call<G, Reply<G>> {
    /// Says who replies; the history keeps it.
    pub fn by(self, who: impl Into<String>) -> Self {
        self.with(|reply| reply.by = Some(who.into()))
    }

    /// Says why; the history keeps it.
    pub fn because(self, why: impl Into<String>) -> Self {
        self.with(|reply| reply.because = Some(why.into()))
    }

    /// Stores the reply and drives nothing: whoever [resumes](Thread::resume) or [recovers](crate::Graph::recover) the thread
    /// goes on with it, or the run that it has.
    ///
    /// # Errors
    ///
    /// Those of the call that it is made from, up to where the thread would run.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{GraphState, MemorySaver, Update, graph};
    /// # #[derive(GraphState)]
    /// # struct Note { text: String }
    /// # fn write(_: &Note, text: &String) -> impl Update<Note> + use<> { Note::update().text(text.as_str()) }
    /// # graph! { graph Notes<Note>; pause write(String); start -> write -> end; }
    /// # futures_lite::future::block_on(async {
    /// let thread = Notes::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// let _ = thread.invoke(()).await?;
    /// thread.reply(NotesReply::Write("done".to_owned())).deliver().await?;
    /// assert_eq!(thread.resume().await?.finished()?.text, "done");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn deliver(self) -> Result<(), Error> {
        match self.into_asked() {
            Some((place, reply)) => {
                let thread = place.store().await?;
                deliver(&thread, &reply).await?;
                lease::tell(thread.store.store_id(), &thread.key);
                Ok(())
            }
            // A call that was polled has delivered, or is about to.
            None => Ok(()),
        }
    }
}

impl<G: Definition> Ask<G> for Reply<G> {
    fn run(self, place: Place<G>) -> impl Future<Output = Result<Outcome<G::State>, Error>> + Send + 'static {
        drive(place, self)
    }
}

impl<G: Definition> fmt::Debug for Reply<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("to", &self.to).finish_non_exhaustive()
    }
}

async fn drive<G: Definition>(place: Place<G>, reply: Reply<G>) -> Result<Outcome<G::State>, Error> {
    let thread = place.store().await?;
    deliver(&thread, &reply).await?;
    fault!(ReplyAcknowledged);
    loop {
        // Its run has been told, and looks again before it ends.
        if lease::notify(thread.store.store_id(), &thread.key).await {
            let name = Some(thread.key.thread.clone());
            return Ok(Outcome::Stopped(Stop { thread: name, reason: StopReason::Elsewhere }));
        }
        // Between the two lines, another run may have begun.
        let Ok(lease) = invoke::lease(&thread) else { continue };
        let Some(stored) = thread.newest().await? else {
            return Err(Error::UnknownThread { thread: thread.key.thread.clone() });
        };
        return match stored.head.status {
            Status::Finished => Ok(Outcome::Finished(stored.state)),
            Status::Cancelled => {
                let reason = StopReason::Cancelled { reason: stored.meta.note.unwrap_or_default() };
                Ok(Outcome::Stopped(Stop { thread: Some(thread.key.thread.clone()), reason }))
            }
            _ => Run::resume(&thread, lease.signal(), stored).await?.drive().await,
        };
    }
}

/// Stores a reply, once it is known that the thread waits for it.
async fn deliver<G: Definition>(thread: &ThreadStore<G>, reply: &Reply<G>) -> Result<(), Error> {
    let fields = pause::encode(&reply.answer).map_err(|source| thread.not_storable(source))?;
    let delivered = Delivered { fields, time: clock::now(), by: reply.by.clone(), because: reply.because.clone() };
    loop {
        let Some(stored) = thread.newest().await? else {
            return Err(Error::UnknownThread { thread: thread.key.thread.clone() });
        };
        let head = stored.head;
        let id = addressed(thread, stored, reply).await?;
        match thread.deliver(head, id.as_str(), &delivered).await {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(Error::AlreadyReplied { thread: thread.key.thread.clone(), id }),
            // The thread moved on between the read and the delivery: look again.
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(thread.failed(error)),
        }
    }
}

/// The pause that a reply is for.
async fn addressed<G: Definition>(
    thread: &ThreadStore<G>,
    stored: Stored<'_, G>,
    Reply { to, answer, .. }: &Reply<G>,
) -> Result<WaitingId, Error> {
    let name = || thread.key.thread.clone();
    let status = stored.head.status;
    let waiting = stored.waiting()?;
    let mut path = Vec::new();
    answer.path(&mut path);
    let fits = |waiting: &Waiting| steps(waiting.task()).eq(path.iter().copied());
    if let Some(id) = to {
        return match waiting.iter().find(|waiting| waiting.id() == id) {
            Some(waiting) if fits(waiting) => Ok(id.clone()),
            Some(waiting) => {
                Err(Error::WrongReply { thread: name(), id: id.clone(), pause: waiting.node().to_owned() })
            }
            None if thread.delivered(id.as_str()).await?.is_some() => {
                Err(Error::AlreadyReplied { thread: name(), id: id.clone() })
            }
            None => Err(Error::UnknownWaiting { thread: name(), id: id.clone() }),
        };
    }
    let (mut open, mut answered) = (Vec::new(), None);
    for waiting in waiting.iter().filter(|waiting| fits(waiting)) {
        if thread.delivered(waiting.id().as_str()).await?.is_some() {
            answered = Some(waiting.id().clone());
        } else {
            open.push(waiting.id().clone());
        }
    }
    match (open.len(), open.pop(), answered) {
        (1, Some(only), _) => Ok(only),
        (0, _, Some(id)) => Err(Error::AlreadyReplied { thread: name(), id }),
        (0, ..) => Err(Error::NotWaiting { thread: name(), pause: path.join("/"), status }),
        (_, last, _) => {
            open.extend(last);
            Err(Error::SeveralWaiting { thread: name(), pause: path.join("/"), ids: open })
        }
    }
}

/// The names in a task's full name, without the items: `research[3]/approve` is `research`, `approve`.
fn steps(task: &str) -> impl Iterator<Item = &str> {
    task.split('/').map(|part| part.split_once('[').map_or(part, |(name, _)| name))
}

impl<G: Definition> Stored<'_, G> {
    /// The pauses that the checkpoint holds, whether their replies have come or not.
    pub(in crate::thread) fn waiting(self) -> Result<Vec<Waiting>, Error> {
        let (_, _, mut machine, _) = self.into_machine(std::collections::HashMap::new())?;
        Ok(waiting::of(&mut machine))
    }
}
