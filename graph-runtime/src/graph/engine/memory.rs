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

    /// Writes what is kept, below `path`; the names are those of the subgraphs, in the order of the list.
    fn image(&self, names: &[&'static str], path: &str, records: &mut Vec<KeptRecord>) -> Result<(), FieldError>;

    /// Takes what is kept out of the records.
    fn restore(names: Names<'_>, path: &str, records: &mut Vec<KeptRecord>) -> Result<Self, Misplaced>;
}

/// The names of the subgraphs, in the order of the list; and the names that nodes had before, each with the one it has now.
pub(crate) type Names<'a> = (&'a [&'static str], &'a [(&'static str, &'static str)]);

impl Memory for () {
    const KEEPS: bool = false;

    fn image(&self, _: &[&'static str], _: &str, _: &mut Vec<KeptRecord>) -> Result<(), FieldError> {
        Ok(())
    }

    fn restore(_: Names<'_>, _: &str, _: &mut Vec<KeptRecord>) -> Result<(), Misplaced> {
        Ok(())
    }
}

/// What one subgraph keeps: its state if it has `#[memory(thread)]`, and what the subgraphs inside of it keep.
pub struct Kept<C: Definition, const OWN: bool> {
    pub(crate) state: Option<C::State>,
    pub(crate) inner: C::Memory,
}

impl<C: Definition, const OWN: bool> Default for Kept<C, OWN> {
    fn default() -> Self {
        Kept { state: None, inner: C::Memory::default() }
    }
}

impl<C: Definition, const OWN: bool, M: Memory> Memory for (Kept<C, OWN>, M) {
    const KEEPS: bool = OWN || C::Memory::KEEPS || M::KEEPS;

    fn keeps(index: usize) -> bool {
        index.checked_sub(1).map_or(OWN, M::keeps)
    }

    fn image(&self, names: &[&'static str], path: &str, records: &mut Vec<KeptRecord>) -> Result<(), FieldError> {
        let (Some((name, names)), true) = (names.split_first(), Self::KEEPS) else {
            return Ok(());
        };
        let path_of = || format!("{path}{name}");
        if let Some(state) = &self.0.state {
            records.push(KeptRecord { path: path_of(), fields: image::fields(|fields| state.encode(fields))? });
        }
        if C::Memory::KEEPS {
            self.0.inner.image(C::SUBGRAPHS, &format!("{}/", path_of()), records)?;
        }
        self.1.image(names, path, records)
    }

    fn restore((names, former): Names<'_>, path: &str, records: &mut Vec<KeptRecord>) -> Result<Self, Misplaced> {
        let (Some((name, names)), true) = (names.split_first(), Self::KEEPS && !records.is_empty()) else {
            return Ok(Self::default());
        };
        let path_of = format!("{path}{name}");
        for (before, _) in former.iter().filter(|(_, now)| now == name) {
            rename(records, &format!("{path}{before}"), &path_of);
        }
        let own = records.iter().position(|record| OWN && record.path == path_of);
        let state = own.map(|own| image::state::<C::State>(&records.swap_remove(own).fields)).transpose()?;
        let state = state.map(|(state, _)| state);
        let inner = C::Memory::restore((C::SUBGRAPHS, C::FORMER), &format!("{path_of}/"), records)?;
        Ok((Kept { state, inner }, M::restore((names, former), path, records)?))
    }
}

/// Calls what is kept below one path by another one, unless that holds something already.
fn rename(records: &mut [KeptRecord], before: &str, now: &str) {
    let within = |record: &KeptRecord, path: &str| {
        record.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if records.iter().any(|record| within(record, now)) {
        return;
    }
    for record in records.iter_mut().filter(|record| within(record, before)) {
        record.path.replace_range(..before.len(), now);
    }
}
