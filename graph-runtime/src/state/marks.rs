//! Which fields of a state have been written.

use smallvec::SmallVec;

/// A set of fields, by their places in [`GraphState::FIELDS`](crate::GraphState::FIELDS). Up to 128 need no memory from the
/// heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(SmallVec<[u64; 2]>);

impl Marks {
    /// Adds a field.
    #[inline]
    pub(crate) fn set(&mut self, field: usize) {
        let (word, bit) = (field / 64, field % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// Whether the field is in the set.
    #[must_use]
    #[inline]
    pub(crate) fn has(&self, field: usize) -> bool {
        self.0.get(field / 64).is_some_and(|word| word >> (field % 64) & 1 == 1)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let mut marks = Marks::default();
        for field in [0, 63, 64, 200] {
            assert!(!marks.has(field));
            marks.set(field);
        }
        let held: Vec<usize> = (0..300).filter(|field| marks.has(*field)).collect();
        assert_eq!(held, [0, 63, 64, 200]);
        marks.clear();
        assert!((0..300).all(|field| !marks.has(field)));
    }
}
