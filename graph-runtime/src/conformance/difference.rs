//! What differed from what was promised.

use crate::StoreError;
use std::fmt::{Debug, Display, Write};

/// What differed, in a few words.
#[derive(Debug)]
pub(super) struct Difference(pub(super) String);

pub(super) type Verdict = Result<(), Difference>;

/// A call that had to succeed was refused.
pub(super) fn refused(what: impl Display, error: &StoreError) -> Difference {
    Difference(format!("{what} was refused: {error}"))
}

/// Compares, and says what was compared.
pub(super) fn same<T: PartialEq + Debug>(what: impl Display, found: &T, wanted: &T) -> Verdict {
    if found == wanted {
        return Ok(());
    }
    Err(Difference(format!("{what}: found {}, wanted {}", shown(found), shown(wanted))))
}

/// Compares the answer of a write with the conflict that it had to be.
pub(super) fn conflicts(what: impl Display, answer: Result<(), StoreError>, wanted: Option<u64>) -> Verdict {
    match answer {
        Err(StoreError::Conflict { head }) => {
            same(format_args!("the head that the conflict of {what} names"), &head.map(|head| head.0), &wanted)
        }
        Err(error) => Err(Difference(format!("{what} was no conflict: {error}"))),
        Ok(()) => Err(Difference(format!("{what} was no conflict; it was accepted"))),
    }
}

/// A value in at most some 300 characters: listings can be long.
fn shown(value: &impl Debug) -> String {
    let whole = format!("{value:?}");
    match whole.char_indices().nth(300) {
        Some((end, _)) => format!("{} …", &whole[..end]),
        None => whole,
    }
}

/// Bytes that are shown by their number and their beginning.
#[derive(PartialEq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())?;
        for (at, byte) in self.0.iter().take(4).enumerate() {
            f.write_str(if at == 0 { " " } else { "" })?;
            write!(f, "{byte:02x}")?;
        }
        if self.0.len() > 4 { f.write_char('…') } else { Ok(()) }
    }
}
