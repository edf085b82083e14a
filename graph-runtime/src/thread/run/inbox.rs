//! Replies on their way: delivered into the thread's inbox, taken from there at a step boundary.

use crate::clock;
use crate::fault::fault;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::path::TaskPath;
use crate::graph::pausing::Pauses;
use crate::record::bytes::Bytes;
use crate::record::checkpoint::ReplyRecord;
use crate::record::entry;
use crate::thread::run::{Interrupt, Run};
use crate::thread::stored::{ThreadStore, beside};
use crate::thread::view::waiting::Waiting;
use crate::{CheckpointId, Definition, Deliver, Error, Head, RecordHash, Status, StoreError};
use serde::{Deserialize, Serialize};
use std::any::TypeId;
use std::hash::{BuildHasher, RandomState};

/// Where a delivery lies, as its seal says: beside no checkpoint, since it outlasts them.
pub(in crate::thread) const NOWHERE: (CheckpointId, RecordHash) = (CheckpointId(0), RecordHash([0; 16]));

/// What the names of deliveries begin with that are replies, before the id of the pause.
const REPLY: &str = "reply/";

/// The longest name, in bytes: stores may index it.
const LONGEST: usize = 255;

/// A reply as the inbox holds it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::thread) struct Delivered {
    pub(in crate::thread) fields: Bytes,
    /// When it came, in milliseconds since the Unix epoch.
    pub(in crate::thread) time: u64,
    pub(in crate::thread) by: Option<String>,
    pub(in crate::thread) because: Option<String>,
}

impl Delivered {
    fn into_record(self, id: String) -> (Bytes, ReplyRecord) {
        let Delivered { fields, time, by, because } = self;
        (fields, ReplyRecord { id, time, by, because })
    }
}

fn entry(id: &str) -> String {
    let name = format!("{REPLY}{id}");
    if name.len() <= LONGEST { name } else { format!("{REPLY}#{}", blake3::hash(id.as_bytes()).to_hex()) }
}

impl<G: Definition> ThreadStore<G> {
    /// The reply to the pause of this id, if it has come.
    pub(in crate::thread) async fn delivered(&self, id: &str) -> Result<Option<Delivered>, Error> {
        let name = entry(id);
        let found = self.store.delivered(&self.key, &name).await.map_err(|error| self.failed(error))?;
        let open = |bytes: Vec<u8>| {
            let opened = entry::open(&self.key, NOWHERE, &name, &bytes);
            opened.map_err(|error| self.unreadable(NOWHERE.0, error))
        };
        found.map(open).transpose()
    }

    /// Leaves the pauses whose replies have not come.
    pub(in crate::thread) async fn unanswered(&self, waiting: &mut Vec<Waiting>) -> Result<(), Error> {
        let mut open = Vec::new();
        for pause in waiting.drain(..) {
            if self.delivered(pause.id().as_str()).await?.is_none() {
                open.push(pause);
            }
        }
        *waiting = open;
        Ok(())
    }

    /// Stores a reply, unless there is one; `false` says that there was.
    pub(in crate::thread) async fn deliver(&self, head: Head, id: &str, reply: &Delivered) -> Result<bool, StoreError> {
        let name = entry(id);
        let sealed = entry::seal(&self.key, NOWHERE, &name, reply);
        let bytes = sealed.map_err(|error| StoreError::Failed { reason: error.to_string() })?;
        // A thread that waits, or is about to, has work from now on, which `recover` finds should nobody come to do it.
        let calls = matches!(head.status, Status::Paused | Status::Running | Status::Replied);
        let status = calls.then(|| (Status::Replied, clock::now()));
        fault!(ReplyDelivering);
        let delivery = Deliver { thread: self.key.clone(), expected: beside(head), name, bytes, status };
        let new = self.store.deliver(delivery).await?;
        fault!(ReplyDelivered);
        Ok(new)
    }

    /// Gives the pauses without an id theirs, for the checkpoint that follows `parent`, and returns when the first of all
    /// deadlines is over.
    pub(in crate::thread) fn stamp(&self, machine: &mut Machine<G>, parent: Option<Head>) -> Option<u64> {
        if !waits::<G>() {
            return None;
        }
        let checkpoint = CheckpointId::after(parent.map(|parent| parent.checkpoint));
        let (now, mut due) = (clock::now(), None::<u64>);
        machine.pauses(&TaskPath::new(), &mut |task, asked, replied| {
            if asked.id.is_none() {
                asked.since = now;
                let salt = self.salt(parent, now, &task.to_string());
                asked.id = Some(format!("{task}@{checkpoint}.{salt}"));
            }
            if let (Some(one), false) = (asked.due(), replied) {
                due = Some(due.map_or(one, |other| other.min(one)));
            }
        });
        due
    }

    /// What tells a pause from those of the same name in a thread that was deleted and made anew, and in copies; by chance,
    /// since both may happen within one tick of the clock.
    fn salt(&self, parent: Option<Head>, now: u64, task: &str) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("graph-runtime, id of a pause, version 1");
        let parent = parent.map_or([0; 16], |parent| parent.hash.0);
        for part in [self.key.graph.as_bytes(), self.key.thread.as_str().as_bytes(), &parent, &now.to_le_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.update(&RandomState::new().hash_one(task).to_le_bytes());
        hasher.finalize().to_hex().chars().take(16).collect()
    }
}

/// Whether the graph has a pause: its own, or one of a graph inside it.
fn waits<G: Definition>() -> bool {
    TypeId::of::<G::Pausing>() == TypeId::of::<Pauses>()
}

impl<G: Definition> Run<'_, G> {
    /// Takes the replies that have come in, and those of deadlines that are over.
    pub(in crate::thread) async fn listen(&mut self) -> Result<(), Interrupt> {
        if !waits::<G>() {
            return Ok(());
        }
        let mut ids = Vec::new();
        self.machine.pauses(&TaskPath::new(), &mut |_, asked, replied| {
            ids.extend(asked.id.clone().filter(|_| !replied));
        });
        for id in ids {
            if let Some(delivered) = self.thread.delivered(&id).await? {
                fault!(ReplyFound);
                self.take(id, delivered)?;
                fault!(ReplyTaken);
            }
        }
        let mut overdue = Vec::new();
        self.machine.overdue(clock::now(), &mut |id, reply| overdue.push((id.to_owned(), reply)));
        for (id, reply) in overdue {
            let fields = reply.map_err(|source| self.thread.not_storable(source))?;
            self.replace(id, fields).await?;
        }
        Ok(())
    }

    /// Delivers the default of a deadline, and takes it, or what came first.
    async fn replace(&mut self, id: String, fields: Bytes) -> Result<(), Interrupt> {
        let Some(head) = self.head else { return Ok(()) };
        fault!(DeadlineOver);
        let because = Some("the deadline was over".to_owned());
        let default = Delivered { fields, time: clock::now(), by: None, because };
        // Stored before it is used, as every reply: a run that repeats this step decides as this one did.
        if let Err(error) = self.thread.deliver(head, &id, &default).await {
            return Err(self.thread.interrupted(error).await);
        }
        fault!(DeadlineDelivered);
        if let Some(delivered) = self.thread.delivered(&id).await? {
            self.take(id, delivered)?;
        }
        Ok(())
    }

    fn take(&mut self, id: String, delivered: Delivered) -> Result<(), Error> {
        let (fields, record) = delivered.into_record(id);
        self.called = true;
        let given = self.machine.reply(&record.id, &fields);
        let head = self.head.map_or(NOWHERE.0, |head| head.checkpoint);
        if given.map_err(|misplaced| self.thread.misplaced(head, misplaced))? {
            self.replies.push(record);
        }
        Ok(())
    }

    /// Sorts out the replies that were used, of which the next checkpoint tells: those of pauses at which the run is no more.
    pub(in crate::thread) fn tell(&mut self) {
        if self.replies.is_empty() {
            return;
        }
        let mut left = Vec::new();
        self.machine.pauses(&TaskPath::new(), &mut |_, asked, _| left.extend(asked.id.clone()));
        self.used.extend(self.replies.extract_if(.., |reply| !left.contains(&reply.id)));
    }
}
