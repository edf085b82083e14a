//! What subgraphs keep between their runs.

use super::image::{self, Misplaced};
use crate::GraphState;
use crate::graph::definition::Definition;
use crate::record::field::FieldError;
use crate::record::position::KeptRecord;

/// What the subgraphs of a graph keep: `()`, or a list of [`Kept`], one for each, in the order of the text.
pub trait Memory: Default + Send + Sync + 'static {
    /// Whether any of them keeps anything, so that no two may run at once.
    const KEEPS: bool;

    /// Whether the subgraph at this place in the list keeps its state.
    #[must_use]
    fn keeps(_: usize) -> bool {
        false
    }

    /// Writes what is kept, below `path`: all of it, or without the states that the last checkpoint holds. The names are those of
    /// the subgraphs, in the order of the list.
    fn image(
        &self,
        names: &[&'static str],
        path: &str,
        whole: bool,
        records: &mut Vec<KeptRecord>,
    ) -> Result<(), FieldError>;

    /// Notes that a checkpoint holds all of it.
    fn stored(&mut self);

    /// Notes that no checkpoint holds it where it is now.
    fn moved(&mut self);

    /// Takes what is kept out of the records; `same` no longer, if they have it under another name or without a field: then the
    /// next record has to hold it.
    fn restore(names: Names<'_>, path: &str, records: &mut Vec<KeptRecord>, same: &mut bool)
    -> Result<Self, Misplaced>;
}

/// The names of the subgraphs, in the order of the list; and the names that nodes had before, each with the one it has now.
pub(crate) type Names<'a> = (&'a [&'static str], &'a [(&'static str, &'static str)]);

impl Memory for () {
    const KEEPS: bool = false;

    fn image(&self, _: &[&'static str], _: &str, _: bool, _: &mut Vec<KeptRecord>) -> Result<(), FieldError> {
        Ok(())
    }

    fn stored(&mut self) {}

    fn moved(&mut self) {}

    fn restore(_: Names<'_>, _: &str, _: &mut Vec<KeptRecord>, _: &mut bool) -> Result<(), Misplaced> {
        Ok(())
    }
}

/// What one subgraph keeps: its state if it has `#[memory(thread)]`, and what the subgraphs inside of it keep.
pub struct Kept<C: Definition, const OWN: bool> {
    pub(crate) state: Option<C::State>,
    pub(crate) inner: C::Memory,
    /// The last checkpoint holds the state.
    pub(crate) stored: bool,
}

impl<C: Definition, const OWN: bool> Default for Kept<C, OWN> {
    fn default() -> Self {
        Kept { state: None, inner: C::Memory::default(), stored: false }
    }
}

impl<C: Definition, const OWN: bool, M: Memory> Memory for (Kept<C, OWN>, M) {
    const KEEPS: bool = OWN || C::Memory::KEEPS || M::KEEPS;

    fn keeps(index: usize) -> bool {
        index.checked_sub(1).map_or(OWN, M::keeps)
    }

    fn image(
        &self,
        names: &[&'static str],
        path: &str,
        whole: bool,
        records: &mut Vec<KeptRecord>,
    ) -> Result<(), FieldError> {
        let (Some((name, names)), true) = (names.split_first(), Self::KEEPS) else {
            return Ok(());
        };
        let path_of = || format!("{path}{name}");
        if let Some(state) = &self.0.state {
            let written = whole || !self.0.stored;
            let fields = written.then(|| image::fields(|fields| state.encode(fields))).transpose()?;
            records.push(KeptRecord { path: path_of(), fields });
        }
        if C::Memory::KEEPS {
            self.0.inner.image(C::SUBGRAPHS, &format!("{}/", path_of()), whole, records)?;
        }
        self.1.image(names, path, whole, records)
    }

    fn stored(&mut self) {
        if Self::KEEPS {
            self.0.stored = true;
            self.0.inner.stored();
            self.1.stored();
        }
    }

    fn moved(&mut self) {
        if Self::KEEPS {
            self.0.stored = false;
            self.0.inner.moved();
            self.1.moved();
        }
    }

    fn restore(
        (names, former): Names<'_>,
        path: &str,
        records: &mut Vec<KeptRecord>,
        same: &mut bool,
    ) -> Result<Self, Misplaced> {
        let (Some((name, names)), true) = (names.split_first(), Self::KEEPS && !records.is_empty()) else {
            return Ok(Self::default());
        };
        let path_of = format!("{path}{name}");
        for (before, _) in former.iter().filter(|(_, now)| now == name) {
            *same &= !rename(records, &format!("{path}{before}"), &path_of);
        }
        let own = records.iter().position(|record| OWN && record.path == path_of);
        let own = own.and_then(|own| records.swap_remove(own).fields);
        let state = own.map(|fields| image::state::<C::State>(&fields, &[])).transpose()?;
        let state = state.map(|(state, all)| {
            *same &= all;
            state
        });
        let inner = C::Memory::restore((C::SUBGRAPHS, C::FORMER), &format!("{path_of}/"), records, same)?;
        let kept = Kept { state, inner, stored: false };
        Ok((kept, M::restore((names, former), path, records, same)?))
    }
}

/// Calls what is kept below one path by another one, unless that holds something already; and whether it did.
fn rename(records: &mut [KeptRecord], before: &str, now: &str) -> bool {
    let within = |record: &KeptRecord, path: &str| {
        record.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if records.iter().any(|record| within(record, now)) {
        return false;
    }
    let mut renamed = false;
    for record in records.iter_mut().filter(|record| within(record, before)) {
        record.path.replace_range(..before.len(), now);
        renamed = true;
    }
    renamed
}
