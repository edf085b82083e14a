//! What a task has beside the state: the item of its `for`, and the reply that it waited for.

use crate::Definition;

/// The item and the reply of a task; nothing, if it is in no `for` and no pause.
pub struct At<'a, G: Definition> {
    /// The list of the innermost `for` that it is in, and its place there.
    item: Option<(&'a G::Items, usize)>,
    reply: Option<&'a G::Reply>,
}

impl<'a, G: Definition> At<'a, G> {
    /// Outside of every `for`, and no pause.
    pub const NOWHERE: Self = At { item: None, reply: None };

    pub(crate) fn item(items: &'a G::Items, index: usize) -> Self {
        At { item: Some((items, index)), reply: None }
    }

    pub(crate) fn replied(self, reply: Option<&'a G::Reply>) -> Self {
        At { reply, ..self }
    }

    /// The item; `pick` takes the list out of its variant.
    ///
    /// # Panics
    ///
    /// If the task is in no such `for`, which the engine excludes.
    #[inline]
    pub fn pick<T>(self, pick: impl FnOnce(&'a G::Items) -> Option<&'a [T]>) -> &'a T {
        let item = self.item.and_then(|(items, index)| pick(items)?.get(index));
        match item {
            Some(item) => item,
            None => unreachable!("a task lost its item"),
        }
    }

    /// The reply; `pick` takes it out of its variant.
    ///
    /// # Panics
    ///
    /// If the task has no such reply, which the engine excludes: it runs a pause when its reply is there.
    #[inline]
    pub fn reply<T>(self, pick: impl FnOnce(&'a G::Reply) -> Option<&'a T>) -> &'a T {
        match self.reply.and_then(pick) {
            Some(reply) => reply,
            None => unreachable!("a pause lost its reply"),
        }
    }
}

impl<G: Definition> Clone for At<'_, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Definition> Copy for At<'_, G> {}
