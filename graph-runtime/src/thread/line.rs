//! One branch among those of a thread: from parent to parent.

use crate::record::checkpoint::OwnedMeta;

/// Which branches are shown.
#[derive(Clone, Copy)]
pub(super) enum Line {
    All,
    /// The one that leads to where the history begins.
    One,
    /// The one that leads through this checkpoint; no more, if it is `None`.
    Through(Option<u64>),
}

impl Line {
    /// Whether a record belongs to it; asked of one record after the other.
    pub(super) fn passes(&mut self, meta: &OwnedMeta) -> bool {
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
