//! What one value may cost: how deep it nests, and how many elements it holds beyond its bytes.
//!
//! A length limit alone does not stop nine bytes that claim 2^40 units, nor a small input that nests until the stack
//! ends. So every sequence, map and tuple spends its elements, and every struct one more, from a budget tied to the
//! length of the encoding. Both directions count alike and reading may spend twice as much: what was written within its
//! budget is read within it.

use serde::{de, ser};
use std::cell::Cell;

/// How many containers may enclose a value; one more is refused in both directions.
pub(super) const DEPTH: u32 = 127;

/// What a value may spend that takes no bytes at all.
#[derive(Clone, Copy)]
pub(super) struct Free(u64);

impl Free {
    /// Of the value of a field.
    pub(super) const VALUE: Free = Free(1024);
    /// Of a piece of one. Every few bytes may be another piece, so it is no more than those account for.
    pub(super) const PIECE: Free = Free(64);

    /// What writing a value of `bytes` encoded bytes may spend.
    fn allowance(self, bytes: usize) -> u64 {
        self.0 + 16 * bytes as u64
    }

    /// Whether so many values, which take so many bytes, can be read as one of `joined` bytes, whatever they spent.
    pub(super) fn covers(self, values: u64, bytes: usize, joined: usize) -> bool {
        self.0 * values + 16 * bytes as u64 <= 2 * self.allowance(joined)
    }
}

/// The most that writing may spend before its length is known: it ends a loop over 2^60 units.
const WHILE_WRITING: u64 = 1 << 28;

/// Counts what one value spends.
pub(super) struct Budget {
    spent: Cell<u64>,
    limit: u64,
    /// Whether the codec names fields and marks types, so that fields may be left out and `null` is ambiguous.
    pub(super) text: bool,
}

impl Budget {
    pub(super) fn reading(free: Free, bytes: usize) -> Budget {
        Budget { spent: Cell::new(0), limit: 2 * free.allowance(bytes), text: false }
    }

    pub(super) fn writing(text: bool) -> Budget {
        Budget { spent: Cell::new(0), limit: WHILE_WRITING, text }
    }

    /// Whether the `bytes` that were written account for what writing them spent.
    pub(super) fn covers(&self, free: Free, bytes: usize) -> bool {
        self.spent.get() <= free.allowance(bytes)
    }

    fn spend(&self, elements: usize) -> bool {
        let spent = self.spent.get().saturating_add(elements as u64);
        self.spent.set(spent);
        spent <= self.limit
    }

    /// Spends `elements` and goes one level down.
    #[inline]
    pub(super) fn descend(&self, depth: u32, elements: usize) -> Result<u32, Exceeded> {
        if depth >= DEPTH {
            Err(Exceeded::Depth)
        } else if elements == 0 || self.spend(elements) {
            Ok(depth + 1)
        } else {
            Err(Exceeded::Work)
        }
    }
}

/// Which bound a value breaks.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Exceeded {
    #[error("it nests deeper than {DEPTH} levels")]
    Depth,
    #[error("it holds more elements than its bytes account for")]
    Work,
}

impl Exceeded {
    #[cold]
    pub(super) fn writing<E: ser::Error>(self) -> E {
        E::custom(self)
    }

    #[cold]
    pub(super) fn reading<E: de::Error>(self) -> E {
        E::custom(self)
    }
}
