//! What nodes that may run side by side write, compared.

use super::message::Message;
use crate::Field;
use crate::state::update::{WriteKind, Writes};

/// A node and what it writes.
#[derive(Clone, Copy)]
pub struct Claimant {
    /// The node's name.
    pub name: &'static str,
    /// The fields that it may write.
    pub writes: Writes,
    /// Those of its `on_error`.
    pub rescue: Writes,
}

/// A field that a node may write over what a node of another branch writes.
#[derive(Clone, Copy)]
pub struct Clash {
    one: &'static str,
    other: &'static str,
    field: usize,
}

/// The first node that replaces each field, and the first that reduces it, each with its branch.
struct Firsts<const FIELDS: usize> {
    replaced: [Option<(u32, &'static str)>; FIELDS],
    reduced: [Option<(u32, &'static str)>; FIELDS],
    /// Fields over which nodes have clashed: the rest of them would say the same.
    told: [bool; FIELDS],
}

/// Compares the nodes of a group, each with its branch, in the order of the text: what each clashes over with one before it.
///
/// The first writer of a field is enough to know: if it stands in the branch of the node that is compared, so do all
/// writers between the two.
#[must_use]
pub const fn compare<const FIELDS: usize, const NODES: usize>(
    nodes: [(u32, &Claimant); NODES],
) -> [Option<Clash>; NODES] {
    let mut firsts = Firsts::<FIELDS> { replaced: [None; FIELDS], reduced: [None; FIELDS], told: [false; FIELDS] };
    let mut clashes = [None; NODES];
    let mut index = 0;
    while index < NODES {
        let (branch, node) = nodes[index];
        let clash = firsts.note(branch, node.name, &node.writes, None);
        clashes[index] = firsts.note(branch, node.name, &node.rescue, clash);
        index += 1;
    }
    clashes
}

impl<const FIELDS: usize> Firsts<FIELDS> {
    /// Adds the writes of a node. Returns the clash over the first of its fields.
    const fn note(
        &mut self,
        branch: u32,
        name: &'static str,
        mut writes: &Writes,
        mut clash: Option<Clash>,
    ) -> Option<Clash> {
        loop {
            match writes {
                Writes::None => return clash,
                Writes::All => {
                    let mut field = 0;
                    while field < FIELDS {
                        clash = self.put(branch, name, field, WriteKind::Replace, clash);
                        field += 1;
                    }
                    return clash;
                }
                Writes::Field { index, kind, rest } => {
                    clash = self.put(branch, name, *index, *kind, clash);
                    writes = rest;
                }
                Writes::Both(one, other) => {
                    clash = self.note(branch, name, one, clash);
                    writes = other;
                }
            }
        }
    }

    const fn put(
        &mut self,
        branch: u32,
        name: &'static str,
        field: usize,
        kind: WriteKind,
        clash: Option<Clash>,
    ) -> Option<Clash> {
        if field >= FIELDS {
            return clash;
        }
        let other = match (kind, elsewhere(self.replaced[field], branch)) {
            (WriteKind::Replace, None) => elsewhere(self.reduced[field], branch),
            (_, other) => other,
        };
        let firsts = match kind {
            WriteKind::Replace => &mut self.replaced,
            WriteKind::Reduce => &mut self.reduced,
        };
        if firsts[field].is_none() {
            firsts[field] = Some((branch, name));
        }
        match (other, clash) {
            (Some(other), None) if !self.told[field] => {
                self.told[field] = true;
                Some(Clash { one: other, other: name, field })
            }
            (Some(other), Some(found)) if !self.told[field] => {
                self.told[field] = true;
                Some(if field < found.field { Clash { one: other, other: name, field } } else { found })
            }
            _ => clash,
        }
    }
}

/// The writer, if it stands in another branch.
const fn elsewhere(first: Option<(u32, &'static str)>, branch: u32) -> Option<&'static str> {
    match first {
        Some((other, name)) if other != branch => Some(name),
        _ => None,
    }
}

/// Refuses a node that may write over what a branch beside it writes.
///
/// # Panics
///
/// If it does: the compiler shows the message at the node.
#[track_caller]
pub const fn beside(fields: &[Field], clash: Option<Clash>) {
    let Some(Clash { one, other, field }) = clash else { return };
    let field = &fields[field];
    let message = Message::new().push("nodes `").push(one).push("` and `").push(other);
    let message = match field.reducer {
        None => message
            .push("` run side by side and both write field `")
            .push(field.name)
            .push("`, which has no reducer; give it one with `#[reduce(…)]`, or run the nodes one after the other"),
        Some(_) => message
            .push("` run side by side, and one overwrites field `")
            .push(field.name)
            .push("`, which the other writes; reduce it in both, or run the nodes one after the other"),
    };
    panic!("{}", message.as_str());
}

/// Refuses a node in a `for` that may write over what the same node writes for another item.
///
/// # Panics
///
/// If it does: the compiler shows the message at the node.
#[track_caller]
pub const fn among_items(fields: &[Field], items: &str, node: &Claimant) {
    let field = match (replaced(&node.writes), replaced(&node.rescue)) {
        (Some(one), Some(other)) if other < one => other,
        (Some(field), _) | (None, Some(field)) => field,
        (None, None) => return,
    };
    // A state without fields is written by nobody.
    if field >= fields.len() {
        return;
    }
    let field = &fields[field];
    let message = Message::new().push("node `").push(node.name).push("` runs once for each item of `for ").push(items);
    let message = match field.reducer {
        None => message
            .push("`, side by side, and writes field `")
            .push(field.name)
            .push("`, which has no reducer; give it one with `#[reduce(…)]`, or write it after the `for`"),
        Some(_) => message
            .push("`, side by side, and overwrites field `")
            .push(field.name)
            .push("`; reduce it, or overwrite it after the `for`"),
    };
    panic!("{}", message.as_str());
}

/// The first field that is replaced.
const fn replaced(mut writes: &Writes) -> Option<usize> {
    let mut first = None;
    loop {
        let (found, rest) = match writes {
            Writes::None => return first,
            Writes::All => return Some(0),
            Writes::Field { index, kind: WriteKind::Replace, rest } => (Some(*index), rest),
            Writes::Field { kind: WriteKind::Reduce, rest, .. } => (None, rest),
            Writes::Both(one, other) => (replaced(one), other),
        };
        first = match (first, found) {
            (Some(first), Some(found)) if first < found => Some(first),
            (first, None) => first,
            (_, found) => found,
        };
        writes = rest;
    }
}

/// Refuses what does not hold, with this message.
///
/// # Panics
///
/// If it does not hold: the compiler shows the message.
#[track_caller]
pub const fn hold(holds: bool, message: &str) {
    assert!(holds, "{}", message);
}
