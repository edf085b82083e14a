//! A state of either program, for comparisons.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a turn does, and what comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) act: Act,
    pub(crate) way: Way,
}

/// What a turn does to the state; the second number is a length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Act {
    Lines(u8, u16),
    Emptied(u16),
    Tale(u16),
    Queue(u8),
    Card(u8, u16),
    Uncard(u8),
    Mark(u8),
    Unmark(u8),
    Note(u8, u16),
    Unnote(u8, u8),
    Page(u8),
    Picture(u16),
    Extra(u16),
    Several(u8, u16),
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Way {
    Act,
    Dream,
    Read,
    Ask,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: u8,
    pub(crate) text: String,
}

/// All that a state holds.
#[derive(Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) script: Vec<Turn>,
    pub(crate) done: usize,
    pub(crate) lines: Vec<String>,
    pub(crate) tale: String,
    pub(crate) queue: Vec<u8>,
    pub(crate) cards: BTreeMap<u8, String>,
    pub(crate) marks: BTreeSet<u8>,
    pub(crate) notes: Vec<Note>,
    pub(crate) pages: Vec<u8>,
    pub(crate) picture: String,
    pub(crate) hint: Option<usize>,
    pub(crate) dreams: u64,
    /// Of the older program alone.
    pub(crate) gone: Option<Vec<String>>,
    /// Of the newer program alone.
    pub(crate) fresh: Option<Vec<String>>,
}

impl View {
    /// What the newer program makes of what the older one has stored.
    pub(crate) fn upgraded(&self) -> View {
        match &self.gone {
            Some(_) => View { gone: None, fresh: Some(Vec::new()), ..self.clone() },
            None => self.clone(),
        }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let View { done, lines, tale, queue, cards, marks, notes, pages, picture, hint, dreams, gone, fresh, .. } =
            self;
        let short = |text: &String| format!("{}..{}", &text[..text.len().min(6)], text.len());
        let all = |texts: &[String]| texts.iter().map(short).collect::<Vec<_>>().join(" ");
        write!(f, "done {done}, lines {}, tale {}, queue {queue:?}, cards ", all(lines), short(tale))?;
        cards.iter().try_for_each(|(key, text)| write!(f, "{key}: {} ", short(text)))?;
        write!(f, "marks {marks:?}, notes ")?;
        notes.iter().try_for_each(|note| write!(f, "{}: {} ", note.id, short(&note.text)))?;
        write!(f, "pages {pages:?}, picture {}, hint {hint:?}, dreams {dreams}, ", short(picture))?;
        write!(f, "gone {:?}, fresh {:?}", gone.as_deref().map(all), fresh.as_deref().map(all))
    }
}
