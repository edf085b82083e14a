//! A state in a module where every name of the prelude means something else.

/// Names that the expansion must not rely on.
#[expect(dead_code, reason = "they are in the way, not in use")]
mod shadow {
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Vec;
    pub(super) struct Default;
    pub(super) struct Some;
    pub(super) struct Ok;
    pub(super) struct String;
    pub(super) struct Patch;
    pub(super) struct Update;
    pub(super) struct Layer;
    pub(super) trait Into {}
    pub(super) trait Iterator {}
    pub(super) trait IntoIterator {}
}

#[expect(unused_imports, reason = "they are in the way, not in use")]
use shadow::{Default, Into, IntoIterator, Iterator, Layer, Ok, Option, Patch, Result, Some, String, Update, Vec};

/// A state whose derive must name everything by its full path.
#[derive(Debug, durable::GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Job {
    step: u32,
    message: std::string::String,
    #[reduce(append)]
    notes: std::vec::Vec<u32>,
    #[reduce(merge)]
    table: std::collections::BTreeMap<u32, u32>,
    #[reduce(add)]
    cost: f64,
}

#[cfg(test)]
mod tests {
    use super::Job;
    use crate::prelude::graphs::GraphState;

    #[test]
    fn the_library_is_found_under_its_other_name() {
        let update = Job::update().step(1).message("m").notes([1]).table([(1, 2)]).remove_table([3]).cost(0.5);
        let mut patch = <Job as GraphState>::Patch::default();
        durable::Update::write(update.erase(), &mut patch);
        let mut job = Job::initial();
        job.apply(&mut patch);
        assert_eq!((job.step, job.message.as_str(), job.notes.as_slice()), (1, "m", [1].as_slice()));
        assert_eq!((job.table.len(), job.cost.to_bits()), (1, 0.5_f64.to_bits()));
    }
}
