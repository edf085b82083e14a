//! One branch among those of a thread: from parent to parent.

use crate::record::checkpoint::OwnedMeta;
use crate::thread::stored::tombstone::Tombstone;

/// Which branches are shown.
#[derive(Clone, Copy)]
pub(in crate::thread) enum Line {
    All,
    /// The one that leads to where the history begins.
    One,
    /// The one that leads through this checkpoint; no more, if it is `None`.
    Through(Option<u64>),
}

impl Line {
    /// Goes on along the parents of those that were pruned.
    pub(in crate::thread) fn cross(&mut self, gap: Option<&Tombstone>) {
        let Some(gap) = gap else { return };
        while let Line::Through(Some(next)) = self
            && *next > gap.older().0.0
        {
            *self = Line::Through(gap.parent(*next).filter(|parent| parent < next));
        }
    }

    /// Whether a record belongs to it; asked of one record after the other.
    pub(in crate::thread) fn passes(&mut self, meta: &OwnedMeta) -> bool {
        match self {
            Line::Through(Some(next)) if meta.checkpoint == *next => {
                *self = Line::Through(meta.parent);
                true
            }
            Line::Through(next) => {
                // Only the record that was passed over without being read knew how the line goes on.
                *next = next.filter(|next| meta.checkpoint > *next);
                false
            }
            Line::All | Line::One => true,
        }
    }
}
