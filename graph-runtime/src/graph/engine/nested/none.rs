//! The subgraphs of a graph that has none.

use super::Child;
use crate::graph::engine::image::{Found, Left, Misplaced};
use crate::graph::engine::observer::Observer;
use crate::graph::engine::path::TaskName;
use crate::graph::engine::pause::Asked;
use crate::graph::engine::scene::Scene;
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use crate::record::position::ChildRecord;
use crate::schema::Schema;
use crate::{Error, NodeCause, NodeError};
use std::future::{Future, ready};
use std::sync::Arc;

/// The run of a subgraph in a graph that has none.
pub enum NoChild {}

impl<X: Send + Sync + 'static> Child<X, ()> for NoChild {
    fn describe(_: usize) -> Option<Schema> {
        None
    }

    #[allow(unreachable_code, reason = "there is no such run")]
    fn perform<'a>(
        &'a self,
        _: &'a Arc<X>,
        _: &'a Scene<'a>,
        _: &'a TaskName,
    ) -> impl Future<Output = Result<Vec<NodeError>, Error>> + Send + 'a {
        match *self {}
        ready(Ok(Vec::new()))
    }

    fn share(&mut self) {
        match *self {}
    }

    fn advance(&mut self, _: &mut TaskName, _: Option<&Arc<dyn Observer>>) -> Result<(), NodeCause> {
        match *self {}
    }

    fn at_end(&self) -> bool {
        match *self {}
    }

    fn idle(&self) -> bool {
        match *self {}
    }

    fn width(&self) -> usize {
        match *self {}
    }

    fn forget(self, (): &mut ()) {
        match self {}
    }

    fn image(&self, _: bool) -> Result<ChildRecord, FieldError> {
        match *self {}
    }

    fn stored(&mut self, _: Option<usize>) {
        match *self {}
    }

    fn renamed(&mut self) {
        match *self {}
    }

    fn restore(_: usize, _: ChildRecord, _: &mut bool) -> Result<NoChild, Misplaced> {
        Err(Misplaced("it is inside of a subgraph, and the graph has none there".to_owned()))
    }

    fn each(&self, _: &TaskName, _: &mut dyn FnMut(&TaskName, bool)) {
        match *self {}
    }

    fn pauses(&mut self, _: &TaskName, _: &mut dyn FnMut(&TaskName, &mut Asked, bool)) {
        match *self {}
    }

    fn ask_again(&mut self) -> Result<(), NodeCause> {
        match *self {}
    }

    fn reply(&mut self, _: &str, _: &Bytes) -> Result<bool, Misplaced> {
        match *self {}
    }

    fn overdue(&self, _: u64, _: &mut dyn FnMut(&str, Result<Bytes, FieldError>)) {
        match *self {}
    }

    fn left(&self, _: &TaskName, _: &mut Vec<Left>) -> Result<(), FieldError> {
        match *self {}
    }

    fn recall(&mut self, _: &TaskName, _: &mut dyn FnMut(&TaskName) -> Option<Found>) -> Result<(), Misplaced> {
        match *self {}
    }
}
