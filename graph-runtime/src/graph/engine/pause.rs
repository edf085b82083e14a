//! A task that waits for a reply.

use super::image::Misplaced;
use super::machine::Machine;
use super::nested::Child;
use super::path::{TaskName, TaskPath};
use super::position::{Position, Task};
use crate::graph::reply::Question;
use crate::record::bytes::Bytes;
use crate::record::checkpoint;
use crate::record::field::FieldError;
use crate::record::position::PauseRecord;
use crate::{Definition, NodeCause, NodeName, Replies, panic};
use std::time::Duration;

/// A pause that a task has come to.
pub(crate) struct Pause<G: Definition> {
    pub(crate) asked: Asked,
    pub(crate) reply: Option<G::Reply>,
}

/// What was asked, and under which name the reply comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `None` until the first checkpoint that holds it.
    pub(crate) id: Option<String>,
    /// As JSON.
    pub(crate) question: String,
    /// When it was asked, in milliseconds since the Unix epoch; 0 until the first checkpoint that holds it.
    pub(crate) since: u64,
    /// How long it may go without a reply.
    pub(crate) deadline: Option<Duration>,
}

impl Asked {
    /// When the deadline is over, in milliseconds since the Unix epoch.
    pub(crate) fn due(&self) -> Option<u64> {
        self.deadline.map(|deadline| self.since.saturating_add(crate::clock::millis(deadline)))
    }
}

impl<G: Definition> Pause<G> {
    pub(crate) fn new(Question { json, deadline }: Question) -> Self {
        Pause { asked: Asked { id: None, question: json, since: 0, deadline }, reply: None }
    }

    pub(crate) fn image(&self) -> PauseRecord {
        let Asked { id, question, since, deadline } = self.asked.clone();
        let deadline = deadline.map(crate::clock::millis);
        PauseRecord { id: id.unwrap_or_default(), question, since, deadline }
    }

    pub(crate) fn restore(PauseRecord { id, question, since, deadline }: PauseRecord) -> Self {
        let deadline = deadline.map(Duration::from_millis);
        let id = Some(id).filter(|id| !id.is_empty());
        Pause { asked: Asked { id, question, since, deadline }, reply: None }
    }
}

impl<G: Definition> Task<G> {
    /// Whether it waits for a reply that has not come.
    #[inline]
    pub(crate) fn waits(&self) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.reply.is_none())
    }
}

impl<G: Definition> Machine<G> {
    /// Visits every pause that the run has come to, those of subgraphs too; with whether its reply has come.
    pub(crate) fn pauses(&mut self, path: &TaskPath, visit: &mut dyn FnMut(&TaskName, &mut Asked, bool)) {
        let Position { tasks, regions, .. } = &mut self.position;
        for task in tasks {
            if task.child.is_none() && task.pause.is_none() {
                continue;
            }
            let name = task.present(regions, path);
            if let Some(child) = &mut task.child {
                child.pauses(&name, visit);
            } else if let Some(Pause { asked, reply }) = task.pause.as_deref_mut() {
                visit(&name, asked, reply.is_some());
            }
        }
    }

    /// Gives the pause of this id its reply; `false` if none waits under it.
    pub(crate) fn reply(&mut self, id: &str, bytes: &Bytes) -> Result<bool, Misplaced> {
        for task in &mut self.position.tasks {
            if let Some(child) = &mut task.child {
                if child.reply(id, bytes)? {
                    return Ok(true);
                }
            } else if let Some(pause) = task.pause.as_deref_mut()
                && pause.asked.id.as_deref() == Some(id)
            {
                let node = task.node.name();
                pause.reply = Some(decode::<G>(node, bytes)?);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The replies that pauses take whose deadline is over by `now`, under their ids.
    pub(crate) fn overdue(&self, now: u64, found: &mut dyn FnMut(&str, Result<Bytes, FieldError>)) {
        let Position { tasks, regions, .. } = &self.position;
        for task in tasks {
            if let Some(child) = &task.child {
                child.overdue(now, found);
            } else if let Some(Pause { asked, reply: None }) = task.pause.as_deref()
                && asked.due().is_some_and(|due| due <= now)
                && let Some(id) = &asked.id
            {
                let reply = panic::catch(|| {
                    let reply = G::overdue(task.node, &self.state, Position::item(regions, task.place));
                    reply.map(|reply| encode(&reply)).transpose()
                });
                let field = task.node.name();
                match reply.unwrap_or_else(|message| Err(FieldError::Panicked { field, message })) {
                    Ok(Some(bytes)) => found(id, Ok(bytes)),
                    Ok(None) => {}
                    Err(error) => found(id, Err(error)),
                }
            }
        }
    }

    /// Asks again what all pauses ask, of the state as it is now: in a branch they are other pauses, under other ids.
    pub(crate) fn ask_again(&mut self) -> Result<(), NodeCause> {
        let Machine { state, position: Position { tasks, regions, .. }, .. } = self;
        for task in tasks {
            if let Some(child) = &mut task.child {
                child.ask_again()?;
            } else if task.pause.is_some()
                && let Some(question) = G::ask(task.node, state, Position::item(regions, task.place))
            {
                let unasked = |reason| NodeCause::Question { pause: task.node.name().to_owned(), reason };
                task.pause = Some(Box::new(Pause::new(question.map_err(unasked)?)));
            }
        }
        Ok(())
    }

    /// Whether nothing can run before a reply comes. A subgraph at its end is still to be left.
    pub(crate) fn idle(&self) -> bool {
        let idle = |task: &Task<G>| task.child.as_ref().map_or_else(|| task.waits(), Child::idle);
        !self.at_end() && self.position.tasks.iter().all(idle)
    }
}

/// A reply as bytes.
pub(crate) fn encode<R: Replies>(reply: &R) -> Result<Bytes, FieldError> {
    super::image::fields(|fields| reply.encode(fields))
}

fn decode<G: Definition>(pause: &str, bytes: &Bytes) -> Result<G::Reply, Misplaced> {
    // The name of the field is the pause's, which may have been another one when the reply came.
    let mut reader = checkpoint::read_sole_field(&bytes.0)
        .ok_or_else(|| Misplaced(format!("the reply to pause `{pause}` is not whole")))?;
    G::Reply::decode(pause, &mut reader).map_err(|error| Misplaced(error.to_string()))
}
