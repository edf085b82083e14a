//! Which fields nodes write that may run side by side, compared while the program is compiled.

use super::definition::Next;
use super::work::Work;
use crate::state::update::{WriteKind, Writes};
use crate::{BoxError, Field, GraphState, Update};
use std::future::Future;

/// The kind of a node that a route or another node follows.
pub struct Updates(());
/// The kind of a node that chooses where to go.
pub struct Decides(());

/// What a node returns, as far as its type tells what it writes.
pub trait Written<S: GraphState, Kind> {
    /// The fields.
    const WRITES: Writes;
}

impl<S: GraphState, U: Update<S>> Written<S, Updates> for Result<U, BoxError> {
    const WRITES: Writes = U::WRITES;
}

impl<S: GraphState, N, U: Update<S>> Written<S, Decides> for Result<(Next<N>, U), BoxError> {
    const WRITES: Writes = U::WRITES;
}

/// A function around a node; `Form` is its type as a pointer.
pub trait Writer<S: GraphState, Kind, Form> {
    /// The fields that the node may write.
    const WRITES: Writes;
    /// Whether the node is no `async fn`.
    const PLAIN: bool;
}

impl<S: GraphState, Kind, A: 'static, B: 'static, F, W> Writer<S, Kind, fn(&'static A, &'static B) -> W> for F
where
    F: Fn(&'static A, &'static B) -> W,
    W: Work,
    <W as Future>::Output: Written<S, Kind>,
{
    const WRITES: Writes = <<W as Future>::Output as Written<S, Kind>>::WRITES;
    const PLAIN: bool = W::DONE;
}

impl<S: GraphState, Kind, A: 'static, B: 'static, C: 'static, F, W>
    Writer<S, Kind, fn(&'static A, &'static B, &'static C) -> W> for F
where
    F: Fn(&'static A, &'static B, &'static C) -> W,
    W: Work,
    <W as Future>::Output: Written<S, Kind>,
{
    const WRITES: Writes = <<W as Future>::Output as Written<S, Kind>>::WRITES;
    const PLAIN: bool = W::DONE;
}

/// The fields that the function on the way out of a subgraph may write.
#[must_use]
pub const fn leaves<S: GraphState, U: Update<S>, Form, F: Leaver<Form, U>>(_: &F) -> Writes {
    U::WRITES
}

/// A function around one on the way out of a subgraph; `Form` is its type as a pointer.
pub trait Leaver<Form, U> {}

impl<A: 'static, B: 'static, F: Fn(&'static A, &'static B) -> U, U> Leaver<fn(&'static A, &'static B) -> U, U> for F {}

impl<A: 'static, B: 'static, C: 'static, F, U> Leaver<fn(&'static A, &'static B, &'static C) -> U, U> for F where
    F: Fn(&'static A, &'static B, &'static C) -> U
{
}

/// The fields that the node in this function may write.
#[must_use]
pub const fn writes<S: GraphState, Kind, Form, F: Writer<S, Kind, Form>>(_: &F) -> Writes {
    F::WRITES
}

/// Whether the node in this function is no `async fn`.
#[must_use]
pub const fn plain<S: GraphState, Kind, Form, F: Writer<S, Kind, Form>>(_: &F) -> bool {
    F::PLAIN
}

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

/// The fields of a state with `N` of them that the branches before one of a group write, each with a node that does.
#[derive(Clone, Copy)]
pub struct Claims<const N: usize> {
    replaced: [Option<&'static str>; N],
    reduced: [Option<&'static str>; N],
}

impl<const N: usize> Claims<N> {
    /// None.
    #[must_use]
    pub const fn none() -> Claims<N> {
        Claims { replaced: [None; N], reduced: [None; N] }
    }

    /// Adds the writes of a node.
    #[must_use]
    pub const fn and(self, node: &Claimant) -> Claims<N> {
        self.add(node.name, &node.writes).add(node.name, &node.rescue)
    }

    const fn add(mut self, name: &'static str, mut writes: &Writes) -> Claims<N> {
        loop {
            match writes {
                Writes::None => return self,
                Writes::All => {
                    let mut index = 0;
                    while index < N {
                        self = self.put(index, WriteKind::Replace, name);
                        index += 1;
                    }
                    return self;
                }
                Writes::Field { index, kind, rest } => {
                    self = self.put(*index, *kind, name);
                    writes = rest;
                }
                Writes::Both(one, other) => {
                    self = self.add(name, one);
                    writes = other;
                }
            }
        }
    }

    const fn put(mut self, index: usize, kind: WriteKind, name: &'static str) -> Claims<N> {
        if index < N {
            let place = match kind {
                WriteKind::Replace => &mut self.replaced[index],
                WriteKind::Reduce => &mut self.reduced[index],
            };
            if place.is_none() {
                *place = Some(name);
            }
        }
        self
    }
}

/// Refuses a node that may write over what a branch beside it writes.
///
/// # Panics
///
/// If it does: the compiler shows the message at the node.
#[track_caller]
pub const fn beside<const N: usize>(fields: &[Field], claims: &Claims<N>, node: &Claimant) {
    let own = Claims::<N>::none().and(node);
    let mut index = 0;
    while index < N && index < fields.len() {
        let field = &fields[index];
        let other = match (own.replaced[index], own.reduced[index]) {
            (Some(_), _) => match claims.replaced[index] {
                Some(other) => Some(other),
                None => claims.reduced[index],
            },
            (None, Some(_)) => claims.replaced[index],
            (None, None) => None,
        };
        if let Some(other) = other {
            let message = Message::new().push("nodes `").push(other).push("` and `").push(node.name);
            let message = match field.reducer {
                None => message.push("` run side by side and both write field `").push(field.name).push(
                    "`, which has no reducer; give it one with `#[reduce(…)]`, or run the nodes one after the other",
                ),
                Some(_) => message
                    .push("` run side by side, and one overwrites field `")
                    .push(field.name)
                    .push("`, which the other writes; reduce it in both, or run the nodes one after the other"),
            };
            panic!("{}", message.as_str());
        }
        index += 1;
    }
}

/// Refuses a node in a `for` that may write over what the same node writes for another item.
///
/// # Panics
///
/// If it does: the compiler shows the message at the node.
#[track_caller]
pub const fn among_items<const N: usize>(fields: &[Field], items: &str, node: &Claimant) {
    let own = Claims::<N>::none().and(node);
    let mut index = 0;
    while index < N && index < fields.len() {
        let field = &fields[index];
        if own.replaced[index].is_some() {
            let message = Message::new().push("node `").push(node.name).push("` runs once for each item of `for ");
            let message = match field.reducer {
                None => message
                    .push(items)
                    .push("`, side by side, and writes field `")
                    .push(field.name)
                    .push("`, which has no reducer; give it one with `#[reduce(…)]`, or write it after the `for`"),
                Some(_) => message
                    .push(items)
                    .push("`, side by side, and overwrites field `")
                    .push(field.name)
                    .push("`; reduce it, or overwrite it after the `for`"),
            };
            panic!("{}", message.as_str());
        }
        index += 1;
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

/// A message built while the program is compiled; what does not fit is left out.
struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    const fn new() -> Message {
        Message { bytes: [0; 1024], length: 0 }
    }

    const fn push(mut self, text: &str) -> Message {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() {
            if self.length < self.bytes.len() {
                self.bytes[self.length] = text[index];
                self.length += 1;
            }
            index += 1;
        }
        self
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            // Cut within a character: only names of a thousand bytes lead here.
            Err(_) => "two nodes that run side by side write one field",
        }
    }
}
