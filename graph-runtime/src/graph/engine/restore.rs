//! A record as a position: every task in the groups and `for`s that the graph puts its node in now.

use super::former::{self, Recorded};
use super::image::Misplaced;
use super::items::Items;
use super::nested::Child;
use super::pause::Pause;
use super::position::{Place, Position, Task};
use crate::graph::region::{Form, Scope};
use crate::record::checkpoint;
use crate::record::field::FieldError;
use crate::record::position::{LoopRecord, PositionRecord, TaskRecord};
use crate::{Definition, NodeName};
use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

/// The position that a record holds, if it is one of this graph; `same` no longer, if it lacks fields of a subgraph's state,
/// which the next record has to hold then.
pub(crate) fn position<G: Definition>(record: PositionRecord, same: &mut bool) -> Result<Position<G>, Misplaced> {
    let mut restoring = Restoring {
        position: Position::end(),
        lists: HashMap::new(),
        opened: HashMap::new(),
        occupied: HashSet::new(),
    };
    for LoopRecord { region, items, list } in record.loops {
        let index = former::region::<G>(&region)
            .filter(|index| is_loop::<G>(*index))
            .or_else(|| loop_around::<G>(&record.tasks, &items));
        let index = index.ok_or_else(|| gone(&region))?;
        let list = list.ok_or_else(|| broken("its items are missing"))?;
        let mut reader = checkpoint::read_sole_field(&list.0).ok_or_else(|| broken("its items are not whole"))?;
        let list = G::Items::decode(index, &mut reader).map_err(|error| unlisted(&error))?;
        let renamed = G::REGIONS.get(index).is_none_or(|now| now.name != region);
        restoring.lists.insert((index, items), Listed { list: Arc::new(list), renamed });
    }
    for task in record.tasks {
        restoring.task(task, same)?;
    }
    let mut position = restoring.position;
    position.sort();
    Ok(position)
}

fn broken(reason: &str) -> Misplaced {
    Misplaced(reason.to_owned())
}

fn unlisted(error: &FieldError) -> Misplaced {
    Misplaced(match error {
        FieldError::Changed { field, .. } => {
            format!("the items of `for {field}` are stored with another type; put the old type back")
        }
        error => format!("the items of a `for` do not fit: {error}"),
    })
}

/// The names of `for`s are their labels, or made of their first nodes.
fn gone(region: &str) -> Misplaced {
    let first = region.trim_start_matches('(');
    let which = if first == region { "named" } else { "that begins with" };
    Misplaced(format!("the graph has no `for` {which} `{first}`; put it back"))
}

fn is_loop<G: Definition>(region: usize) -> bool {
    matches!(G::REGIONS.get(region).map(|region| region.form), Some(Form::Each { .. }))
}

/// The `for` that the tasks at these items are in now: another node may have become its first one, and so its name.
fn loop_around<G: Definition>(tasks: &[TaskRecord], items: &[u32]) -> Option<usize> {
    let inside = |task: &&TaskRecord| task.items.len() > items.len() && task.items.starts_with(items);
    let node = former::node::<G>(&tasks.iter().find(inside)?.node)?.node;
    let scopes = scopes::<G>(G::SCOPES.get(node.index()).copied().flatten());
    scopes.into_iter().map(|scope| scope.region).filter(|region| is_loop::<G>(*region)).nth(items.len())
}

/// The items of one `for`.
struct Listed<I> {
    list: Arc<I>,
    /// Whether the record has them under another name than the `for` has now.
    renamed: bool,
}

struct Restoring<G: Definition> {
    position: Position<G>,
    /// The items of every `for`, by its region and the items around it.
    lists: HashMap<(usize, Vec<u32>), Listed<G::Items>>,
    /// The regions that are open already, by what they are and where they stand.
    opened: HashMap<(usize, Option<Place>), usize>,
    /// The branches in which something stands.
    occupied: HashSet<Option<Place>>,
}

impl<G: Definition> Restoring<G> {
    fn task(&mut self, record: TaskRecord, same: &mut bool) -> Result<(), Misplaced> {
        let TaskRecord { node, items, child, pause } = record;
        let unknown = || {
            Misplaced(format!(
                "the graph has no node `{node}`; put it back, or tell `#[renamed_from]` which one it is now"
            ))
        };
        let Recorded { node: found, former } = former::node::<G>(&node).ok_or_else(unknown)?;
        let node = found.name();
        let moved = || Misplaced(format!("node `{node}` stands in another group or `for` now; put it back"));
        let scopes = scopes::<G>(G::SCOPES.get(found.index()).copied().flatten());
        let mut rest = items.as_slice();
        let mut place = None;
        for scope in scopes {
            let each = is_loop::<G>(scope.region);
            let around = items.get(..items.len() - rest.len()).unwrap_or_default();
            let list = each.then(|| self.lists.get(&(scope.region, around.to_vec())));
            let (index, list, renamed) = match (list, rest.split_first()) {
                (None, _) => (scope.branch, None, false),
                (Some(Some(Listed { list, renamed })), Some((item, tail))) if (*item as usize) < list.count() => {
                    rest = tail;
                    (*item, Some(Arc::clone(list)), *renamed)
                }
                _ => return Err(moved()),
            };
            let key = match self.opened.entry((scope.region, place)) {
                Entry::Occupied(key) => *key.get(),
                Entry::Vacant(entry) => {
                    if !self.occupied.insert(place) {
                        return Err(moved());
                    }
                    let key = self.position.open(scope.region, place, 0, list);
                    if let Some(open) = self.position.regions.get_mut(key) {
                        open.renamed = renamed;
                    }
                    if let Some(open) = place.and_then(|place| self.position.regions.get_mut(place.region)) {
                        open.live += 1;
                    }
                    *entry.insert(key)
                }
            };
            place = Some(Place { region: key, index });
        }
        if !rest.is_empty() || !self.occupied.insert(place) {
            return Err(moved());
        }
        if let Some(open) = place.and_then(|place| self.position.regions.get_mut(place.region)) {
            open.live += 1;
        }
        let subgraph = G::SUBGRAPHS.iter().position(|name| *name == node);
        let child = match (subgraph, child) {
            (Some(index), Some(child)) => Some(G::Child::restore(index, *child, same)?),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Misplaced(format!("node `{node}` has become a subgraph; give it a new name")));
            }
            (None, Some(_)) => return Err(Misplaced(format!("`{node}` was a subgraph; give the node a new name"))),
        };
        let mut task = Task::new(found, place, child);
        task.former = former;
        task.pause = match (pause, G::PAUSES.contains(&node)) {
            (Some(pause), true) => Some(Box::new(Pause::restore(*pause))),
            (None, false) => None,
            (None, true) => return Err(Misplaced(format!("node `{node}` has become a pause; give it a new name"))),
            (Some(_), false) => return Err(Misplaced(format!("`{node}` was a pause; give the node a new name"))),
        };
        self.position.tasks.push(task);
        Ok(())
    }
}

/// The branches around a scope, the outermost first.
fn scopes<G: Definition>(inner: Option<Scope>) -> Vec<Scope> {
    let outer = |scope: &Scope| G::REGIONS.get(scope.region).and_then(|region| region.scope);
    let mut scopes: Vec<Scope> = std::iter::successors(inner, outer).collect();
    scopes.reverse();
    scopes
}
