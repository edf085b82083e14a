//! A checkpoint that somebody outside makes of another one: its state, edited.

use crate::fault::fault;
use crate::graph::definition::Patch;
use crate::graph::engine::image;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::position::Position;
use crate::graph::engine::{self, Progress};
use crate::record::carried::CarriedRecord;
use crate::record::checkpoint;
use crate::thread::Effects;
use crate::thread::run::journal;
use crate::thread::stored::commit::{Caption, Next};
use crate::thread::stored::extent::Written;
use crate::thread::stored::series::Segment;
use crate::thread::stored::{Stored, ThreadStore};
use crate::thread::view::past::left_behind;
use crate::{CheckpointId, Commit, Definition, Error, GraphState, Head, NodeCause, NodeName, Source, Status};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What is asked for.
pub(in crate::thread) struct Edit<G: Definition> {
    pub(in crate::thread) base: Base,
    pub(in crate::thread) patch: Patch<G>,
    /// The node that the update stands in for.
    pub(in crate::thread) node: Option<G::Node>,
    pub(in crate::thread) effects: Option<Effects>,
    pub(in crate::thread) request: Option<Arc<str>>,
    pub(in crate::thread) tags: Vec<(String, String)>,
}

/// The checkpoint that is edited, and what becomes of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::thread) enum Base {
    /// The newest one, whose tasks stay as they are.
    Newest,
    /// This one, whose tasks begin again, at once or when somebody resumes the thread.
    At { id: CheckpointId, driven: bool },
}

/// What the next checkpoint is made of.
struct Ground<G: Definition> {
    /// The head that it follows.
    head: Option<Head>,
    /// The checkpoint that is edited.
    parent: Option<CheckpointId>,
    steps: u64,
    status: Status,
    note: Option<String>,
    request: Option<Arc<str>>,
    tags: Vec<(String, String)>,
    carried: Option<CarriedRecord>,
    machine: Machine<G>,
}

impl<G: Definition> Edit<G> {
    pub(in crate::thread) fn new(base: Base, update: impl crate::Update<G::State>) -> Self {
        let mut patch = Patch::<G>::default();
        update.write(&mut patch);
        Edit { base, patch, node: None, effects: None, request: None, tags: Vec::new() }
    }

    fn source(&self) -> Source {
        if self.base == Base::Newest { Source::Update } else { Source::Fork }
    }

    /// The tags of the checkpoint that is edited, and those that were given, each in place of the ones with its key.
    fn tagged(&mut self, mut tags: Vec<(String, String)>) -> Vec<(String, String)> {
        tags.retain(|(key, _)| self.tags.iter().all(|(given, _)| given != key));
        tags.append(&mut self.tags);
        tags
    }

    /// Whether the effects that lie beside the checkpoint are taken over.
    fn takes_effects(&self, base: &Stored<'_, G>, entries: &[(String, Vec<u8>)]) -> Result<bool, Error> {
        let happened = entries.iter().any(|(name, _)| journal::is_effect(name));
        match self.effects {
            Some(effects) => Ok(effects == Effects::Reuse),
            // The same tasks go on.
            None if self.base == Base::Newest && self.node.is_none() => Ok(true),
            None if happened => {
                let thread = base.thread.key.thread.clone();
                Err(Error::UndecidedEffects { thread, checkpoint: base.head.checkpoint })
            }
            None => Ok(false),
        }
    }

    fn status(&self, before: Status, machine: &Machine<G>) -> Status {
        match (self.base, self.node) {
            (_, Some(_)) if machine.at_end() => Status::Finished,
            (Base::Newest, None) => before,
            _ if machine.at_end() => before,
            _ if machine.idle() => Status::Paused,
            (Base::At { driven: true, .. }, _) => Status::Running,
            // It stands still until somebody resumes it; `recover` leaves it alone.
            _ => Status::Stopped,
        }
    }
}

impl<G: Definition> ThreadStore<G> {
    /// Appends the checkpoint that the edit makes, which is then the head, and returns it.
    pub(in crate::thread) async fn edit(&self, mut edit: Edit<G>) -> Result<Stored<'_, G>, Error> {
        if let Some(node) = edit.node {
            self.stands_alone(node)?;
        }
        let ground = match edit.base {
            Base::Newest => match self.newest().await? {
                Some(newest) => self.ground(newest.head, newest, &mut edit).await?,
                None if !self.alone().await? => return Err(Error::Conflict { thread: self.key.thread.clone() }),
                None => self.bare(&mut edit).await?,
            },
            Base::At { id, .. } => {
                let (head, bytes) = self.past(id).await?;
                let (record, extent) = self.whole(id, bytes, &mut Segment::default()).await?;
                let place = left_behind(&record.meta, record.hash);
                let base = Stored { thread: self, head: place, meta: record.meta, state: record.state, extent };
                self.ground(head, base, &mut edit).await?
            }
        };
        let heard = self.hub.as_ref().map(|hub| {
            let patch = image::fields(|fields| G::State::encode_patch(&edit.patch, fields));
            (hub, patch)
        });
        let mut ground = self.applied(ground, &mut edit).await?;
        let leaves = edit.base != Base::Newest || edit.node.is_some();
        if let Some(head @ Head { status: Status::Replied, .. }) = ground.head.filter(|_| leaves) {
            // The reply belongs to what is left behind.
            self.wake(head).await?;
        }
        ground.status = edit.status(ground.status, &ground.machine);
        let (parent, steps, source) = (ground.parent, ground.steps, edit.source());
        fault!(EditStoring);
        let stored = self.commit(ground, source).await?;
        fault!(EditStored);
        if let Some((hub, patch)) = heard {
            hub.branch(&self.key.thread, parent, patch);
            hub.stored(stored.head, steps, source);
        }
        Ok(stored)
    }

    /// A node of the graph itself, which does not choose what follows it.
    fn stands_alone(&self, node: G::Node) -> Result<(), Error> {
        let (thread, name) = (self.key.thread.clone(), node.name());
        if G::SCOPES.get(node.index()).copied().flatten().is_some() {
            return Err(Error::NodeInBranch { thread, node: name });
        }
        if G::decides(node) {
            return Err(Error::NodeDecides { thread, node: name });
        }
        Ok(())
    }

    /// A checkpoint to edit. What its tasks left is taken over by the tasks themselves, unless they are left behind: then
    /// what they wrote is in the machine.
    async fn ground(&self, head: Head, base: Stored<'_, G>, edit: &mut Edit<G>) -> Result<Ground<G>, Error> {
        let entries = base.entries().await?;
        let newest = edit.base == Base::Newest;
        let carried = base.carried(edit.takes_effects(&base, &entries)?, newest && edit.node.is_none(), &entries)?;
        let left = if newest && edit.node.is_some() { base.left(&entries)? } else { HashMap::new() };
        // A run that goes on still answers its request. One that is over has answered it, and a branch is another run.
        let goes_on = newest && base.unfinished();
        let (place, meta, machine, _) = base.into_machine(left)?;
        let answers = meta.request.filter(|_| goes_on).map(Into::into);
        Ok(Ground {
            head: Some(head),
            parent: Some(place.checkpoint),
            steps: meta.step,
            status: place.status,
            note: meta.note,
            request: edit.request.take().or(answers),
            tags: edit.tagged(meta.tags),
            carried,
            machine,
        })
    }

    /// A thread that has never run.
    async fn bare(&self, edit: &mut Edit<G>) -> Result<Ground<G>, Error> {
        // Defaults are the user's code.
        let state = engine::catch(async { G::State::initial() }).await.map_err(|cause| self.blamed(None, 0, cause))?;
        Ok(Ground {
            head: None,
            parent: None,
            steps: 0,
            status: Status::Finished,
            note: None,
            request: edit.request.take(),
            tags: edit.tagged(Vec::new()),
            carried: None,
            machine: Machine::new(state, Position::end(), G::Memory::default()),
        })
    }

    /// The ground with the update in its state.
    async fn applied(&self, mut ground: Ground<G>, edit: &mut Edit<G>) -> Result<Ground<G>, Error> {
        let (node, steps, branches) = (edit.node, ground.steps, edit.base != Base::Newest);
        // Reducers and routes are the user's code, as nodes are.
        let applied = engine::catch(async {
            match node {
                Some(node) => ground.machine.stand_in(node, &mut edit.patch)?,
                // The tasks stay, and see what they would have seen: what lasts for one step lasts for this one.
                None => ground.machine.amend(&mut edit.patch)?,
            }
            if branches {
                ground.machine.ask_again()?;
            }
            Ok(ground)
        });
        applied.await.unwrap_or_else(Err).map_err(|cause| self.blamed(node, steps, cause))
    }

    fn blamed(&self, node: Option<G::Node>, steps: u64, cause: NodeCause) -> Error {
        let progress = Progress::default();
        if let Some(node) = node {
            progress.enter(node.index(), steps);
        }
        progress.blame::<G>(Some(&self.key.thread), cause).into()
    }

    async fn commit(&self, ground: Ground<G>, source: Source) -> Result<Stored<'_, G>, Error> {
        let Ground { head, parent, steps, status, note, request, tags, carried, mut machine } = ground;
        let due = self.stamp(&mut machine, head);
        let caption = Caption {
            steps,
            source,
            status,
            duration: Duration::ZERO,
            position: machine.image(true).map_err(|source| self.not_storable(source))?,
            memory: machine.kept(true).map_err(|source| self.not_storable(source))?,
            request,
            tags: &tags,
            note: note.as_deref().filter(|_| status == Status::Cancelled),
            branch: parent,
            carried: carried.as_ref(),
            replies: &[],
            due,
        };
        // What has changed is not known of an edit, and a branch does not follow the record before it.
        let next = self.after(head, caption, (Written::Whole, &machine.state), Commit::Synced, 512)?;
        let Next { append, extent } = next;
        let head = append.head;
        let opened = checkpoint::open(&self.key, head.checkpoint, &append.record);
        let meta = opened.map_err(|error| self.unreadable(head.checkpoint, error))?.meta;
        self.store.append(append).await.map_err(|error| self.failed(error))?;
        Ok(Stored { thread: self, head, meta, state: machine.into_state()?, extent })
    }
}
