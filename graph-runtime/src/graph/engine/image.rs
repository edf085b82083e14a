//! A position as a record, and what its tasks left.

use super::former;
use super::items::Items;
use super::machine::Machine;
use super::memory::Memory;
use super::nested::Child;
use super::path::{Part, TaskName, TaskPath};
use super::position::{Attempts, Done, Position, Task};
use super::restore;
use super::scene::FailedAttempt;
use crate::graph::definition::{Next, Noted};
use crate::record::bytes::Bytes;
use crate::record::checkpoint;
use crate::record::field::{FieldError, FieldReader, FieldWriter};
use crate::record::position::{ChildRecord, KeptRecord, LoopRecord, PositionRecord, TaskRecord};
use crate::{Definition, GraphState, NodeName};

/// Why a record is no position of this graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced(pub(crate) String);

/// What was stored of a task that had not been committed.
pub enum Found {
    /// Its writes, and where it chose to go.
    Finished { next: Option<String>, fields: Bytes },
    /// The attempts that failed.
    Failed(FailedAttempt),
}

/// What a task left that no checkpoint holds yet.
pub struct Left {
    pub(crate) task: TaskName,
    pub(crate) next: Option<String>,
    pub(crate) fields: Bytes,
}

/// Writes fields into bytes of their own.
pub(crate) fn fields(write: impl FnOnce(&mut FieldWriter<'_>) -> Result<(), FieldError>) -> Result<Bytes, FieldError> {
    let mut buffer = Vec::new();
    checkpoint::write_fields(&mut buffer, write)?;
    Ok(Bytes(buffer))
}

fn read<T>(bytes: &Bytes, read: impl FnOnce(&mut FieldReader<'_>) -> Result<T, FieldError>) -> Result<T, Misplaced> {
    let mut reader =
        checkpoint::read_fields(&bytes.0).ok_or_else(|| Misplaced("its fields are not whole".to_owned()))?;
    read(&mut reader).map_err(|error| Misplaced(error.to_string()))
}

/// A state after these changes, and whether its bytes hold all of its fields.
pub(crate) fn state<S: GraphState>(bytes: &Bytes, changes: &[Bytes]) -> Result<(S, bool), Misplaced> {
    let fields = checkpoint::read_changed_fields(&bytes.0, changes);
    let mut fields = fields.ok_or_else(|| Misplaced("its fields are not whole".to_owned()))?;
    let state = S::decode(&mut fields).map_err(|error| Misplaced(error.to_string()))?;
    Ok((state, !fields.lacked()))
}

impl<G: Definition> Machine<G> {
    /// The position as a record: all of it, or without the lists of items that the last checkpoint holds.
    pub(crate) fn image(&self, whole: bool) -> Result<PositionRecord, FieldError> {
        let Position { tasks, regions, .. } = &self.position;
        let items = |place| {
            let mut path = TaskPath::new();
            Position::path(regions, place, &mut path);
            path.iter().filter_map(|part| if let Part::Item(item) = part { Some(*item) } else { None }).collect()
        };
        let tasks = tasks.iter().map(|task| {
            let child = task.child.as_ref().map(|child| child.image(whole)).transpose()?;
            let (child, pause) = (child.map(Box::new), task.pause.as_ref().map(|pause| Box::new(pause.image())));
            Ok(TaskRecord { node: task.called().into(), items: items(task.place), child, pause })
        });
        let tasks = tasks.collect::<Result<_, _>>()?;
        let mut loops = Vec::new();
        for (_, open) in regions {
            if let (Some(list), Some(region)) = (&open.items, G::REGIONS.get(open.region)) {
                let written = whole || !open.stored;
                let list = written.then(|| fields(|fields| list.encode(fields))).transpose()?;
                loops.push(LoopRecord { region: region.name.into(), items: items(open.outer), list });
            }
        }
        Ok(PositionRecord { tasks, loops })
    }

    /// The graph as the run of a subgraph.
    pub(crate) fn child_image(&self, whole: bool) -> Result<ChildRecord, FieldError> {
        let delta = self.delta.as_ref().filter(|_| !whole);
        let (fields, changes) = match delta.map(|delta| delta.record(&*self.state)).transpose()?.flatten() {
            Some(changes) => (None, vec![changes]),
            None => (Some(fields(|fields| self.state.encode(fields))?), Vec::new()),
        };
        let whole = fields.is_some();
        Ok(ChildRecord { position: self.image(whole)?, fields, changes, memory: self.kept(whole)? })
    }

    /// What the subgraphs keep: all of it, or without the states that the last checkpoint holds.
    pub(crate) fn kept(&self, whole: bool) -> Result<Vec<KeptRecord>, FieldError> {
        let mut records = Vec::new();
        self.memory.image(G::SUBGRAPHS, "", whole, &mut records)?;
        Ok(records)
    }

    pub(crate) fn from_child(record: ChildRecord, same: &mut bool) -> Result<Machine<G>, Misplaced> {
        let ChildRecord { position, fields, changes, mut memory } = record;
        let memory = G::Memory::restore((G::SUBGRAPHS, G::FORMER), "", &mut memory, same)?;
        let missing = || Misplaced("the state of a subgraph is missing".to_owned());
        let (state, all) = state(&fields.ok_or_else(missing)?, &changes)?;
        *same &= all;
        Ok(Machine::new(state, restore::position(position, same)?, memory))
    }

    /// Names every task of the next superstep that has not run yet; with whether it waits for a reply.
    pub(crate) fn each(&self, path: &TaskPath, visit: &mut dyn FnMut(&TaskName, bool)) {
        self.position.tasks.iter().for_each(|task| self.visit(path, task, visit));
    }

    /// [`Machine::each`] of one task, which is a subgraph if it is many.
    pub(crate) fn visit(&self, path: &TaskPath, task: &Task<G>, visit: &mut dyn FnMut(&TaskName, bool)) {
        let regions = &self.position.regions;
        match &task.child {
            Some(child) if !child.at_end() => child.each(&task.name(regions, path), visit),
            _ if task.done.get().is_none() => visit(&task.name(regions, path), task.waits()),
            _ => {}
        }
    }

    /// Gives every task what was stored of it, so that only the others run.
    pub(crate) fn recall(
        &mut self,
        path: &TaskPath,
        found: &mut dyn FnMut(&TaskName) -> Option<Found>,
    ) -> Result<(), Misplaced> {
        let Position { tasks, regions, .. } = &mut self.position;
        for task in tasks {
            let name = task.name(regions, path);
            if let Some(child) = &mut task.child {
                child.recall(&name, found)?;
                continue;
            }
            match found(&name) {
                Some(Found::Finished { next, fields }) => {
                    let done = Done::decode(next, &fields)?;
                    let leads = |next| Position::leads(regions, task.place, next);
                    if done.noted.next.is_some() != G::decides(task.node) || !done.noted.next.is_none_or(leads) {
                        let reason =
                            format!("task `{name}` was to go on where it cannot now; put what follows it back");
                        return Err(Misplaced(reason));
                    }
                    task.done = done.into();
                }
                Some(Found::Failed(FailedAttempt { attempts: failed, spent, due, .. })) => {
                    task.past = Attempts { failed, spent, due };
                }
                None => {}
            }
        }
        Ok(())
    }
}

impl<G: Definition> Done<G> {
    pub(crate) fn encode(&self) -> Result<Bytes, FieldError> {
        fields(|fields| G::State::encode_patch(&self.patch, fields))
    }

    /// The name under which it is stored where the task chose to go.
    pub(super) fn goal(&self) -> Option<String> {
        let region = |region: usize| G::REGIONS.get(region).map_or_else(String::new, |region| region.name.to_owned());
        self.noted.next.map(|next| match next {
            Next::Node(node) => node.name().to_owned(),
            Next::Region(index) => region(index),
            Next::Join => "join".to_owned(),
            Next::End => "end".to_owned(),
        })
    }

    fn decode(next: Option<String>, bytes: &Bytes) -> Result<Done<G>, Misplaced> {
        let patch = read(bytes, G::State::decode_patch)?;
        let goal = |next: String| {
            let unknown = || Misplaced(format!("a task chose to go to `{next}`, which the graph has not; put it back"));
            let node = |name| former::node::<G>(name).map(|recorded| Next::Node(recorded.node));
            let region = || former::region::<G>(&next).map(Next::Region);
            match next.as_str() {
                "join" => Ok(Next::Join),
                "end" => Ok(Next::End),
                name => node(name).or_else(region).ok_or_else(unknown),
            }
        };
        // Which fields it may write, the type of its update said; the bytes say which it has written.
        let apply = |patch: &mut _, state: &mut G::State| state.apply(patch);
        Ok(Done { patch, noted: Noted { apply, next: next.map(goal).transpose()? } })
    }
}
