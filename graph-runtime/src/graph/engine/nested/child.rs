//! What the engine asks of the run of a subgraph, and which subgraph answers.

use super::Nested;
use crate::graph::engine::image::{Found, Left, Misplaced};
use crate::graph::engine::machine::Machine;
use crate::graph::engine::memory::{Kept, Memory};
use crate::graph::engine::observer::Observer;
use crate::graph::engine::path::TaskName;
use crate::graph::engine::pause::Asked;
use crate::graph::engine::scene::Scene;
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use crate::record::position::ChildRecord;
use crate::schema::Schema;
use crate::{BoxError, Definition, Error, NodeCause, NodeError};
use either::Either;
use std::any::Any;
use std::future::Future;
use std::sync::{Arc, LazyLock};

/// The run of one of a graph's subgraphs: [`NoChild`], or [`Either`] a [`Nested`] or one of those further down the text.
///
/// `X` is the context of the graph, `M` what its subgraphs keep.
pub trait Child<X, M>: Sized + Send + Sync + 'static {
    /// The graph at this place in the text.
    fn describe(index: usize) -> Option<Schema>;

    /// Runs the tasks of the next superstep.
    fn perform<'a>(
        &'a self,
        context: &'a Arc<X>,
        scene: &'a Scene<'a>,
        task: &'a TaskName,
    ) -> impl Future<Output = Result<Vec<NodeError>, Error>> + Send + 'a;

    /// Shares the state with the blocking nodes of the next superstep, if there are any.
    fn share(&mut self);

    /// Takes what the tasks left into the state, and goes on.
    fn advance(&mut self, trail: &mut TaskName, observer: Option<&Arc<dyn Observer>>) -> Result<(), NodeCause>;

    fn at_end(&self) -> bool;

    /// Whether nothing of it can run before a reply comes.
    fn idle(&self) -> bool;

    /// How many nodes run in the next superstep.
    fn width(&self) -> usize;

    /// Ends the run; what is to be kept goes into the memory.
    fn forget(self, memory: &mut M);

    /// The run as a record: all of it, or what has changed since the last checkpoint.
    fn image(&self, whole: bool) -> Result<ChildRecord, FieldError>;

    /// Notes that a checkpoint holds all of it, and how many bytes the changes since may take.
    fn stored(&mut self, room: Option<usize>);

    /// Notes that the next checkpoint must hold all of it, under the name that the subgraph has now.
    fn renamed(&mut self);

    /// The run of the subgraph at this place in the text, read back; `same` as in [`restore::position`].
    fn restore(index: usize, record: ChildRecord, same: &mut bool) -> Result<Self, Misplaced>;

    /// Names every task of the next superstep, with whether it waits for a reply; `prefix` is the subgraph's own name.
    fn each(&self, prefix: &TaskName, visit: &mut dyn FnMut(&TaskName, bool));

    /// Visits every pause that the run has come to, with whether its reply has come.
    fn pauses(&mut self, prefix: &TaskName, visit: &mut dyn FnMut(&TaskName, &mut Asked, bool));

    /// Asks again what all pauses ask.
    fn ask_again(&mut self) -> Result<(), NodeCause>;

    /// Gives the pause of this id its reply; `false` if none waits under it.
    fn reply(&mut self, id: &str, bytes: &Bytes) -> Result<bool, Misplaced>;

    /// The replies that pauses take whose deadline is over by `now`, under their ids.
    fn overdue(&self, now: u64, found: &mut dyn FnMut(&str, Result<Bytes, FieldError>));

    /// What the tasks have left that no checkpoint holds.
    fn left(&self, prefix: &TaskName, left: &mut Vec<Left>) -> Result<(), FieldError>;

    /// Gives every task what was stored of it.
    fn recall(&mut self, prefix: &TaskName, found: &mut dyn FnMut(&TaskName) -> Option<Found>)
    -> Result<(), Misplaced>;
}

impl<X, C, R, M, const OWN: bool> Child<X, (Kept<C, OWN>, M)> for Either<Nested<C>, R>
where
    X: Send + Sync + 'static,
    C: Definition,
    R: Child<X, M>,
    M: Memory,
{
    fn describe(index: usize) -> Option<Schema> {
        index.checked_sub(1).map_or_else(|| Some(Schema::of::<C>()), R::describe)
    }

    async fn perform<'a>(
        &'a self,
        context: &'a Arc<X>,
        scene: &'a Scene<'a>,
        task: &'a TaskName,
    ) -> Result<Vec<NodeError>, Error> {
        match self {
            Either::Left(Nested(machine)) => {
                let Some(context) = inherit(context) else {
                    let cause = NodeCause::Error(BoxError::from("the subgraph has another context than the graph"));
                    return Ok(vec![scene.blame(task, cause)]);
                };
                machine.perform(&context, &scene.inside(task)).await
            }
            Either::Right(rest) => rest.perform(context, scene, task).await,
        }
    }

    fn share(&mut self) {
        match self {
            Either::Left(Nested(machine)) => machine.share(),
            Either::Right(rest) => rest.share(),
        }
    }

    fn advance(&mut self, trail: &mut TaskName, observer: Option<&Arc<dyn Observer>>) -> Result<(), NodeCause> {
        match self {
            Either::Left(Nested(machine)) => machine.advance(trail, observer),
            Either::Right(rest) => rest.advance(trail, observer),
        }
    }

    fn at_end(&self) -> bool {
        match self {
            Either::Left(Nested(machine)) => machine.at_end(),
            Either::Right(rest) => rest.at_end(),
        }
    }

    fn idle(&self) -> bool {
        match self {
            Either::Left(Nested(machine)) => machine.idle(),
            Either::Right(rest) => rest.idle(),
        }
    }

    fn width(&self) -> usize {
        match self {
            Either::Left(Nested(machine)) => machine.width(),
            Either::Right(rest) => rest.width(),
        }
    }

    fn forget(self, (kept, more): &mut (Kept<C, OWN>, M)) {
        match self {
            Either::Left(Nested(machine)) => {
                let mut machine = *machine;
                machine.abandon();
                kept.inner = machine.memory;
                // Up to now, the records hold it as a part of the run.
                kept.inner.moved();
                kept.stored = false;
                if OWN {
                    kept.state = machine.state.into_inner();
                }
            }
            Either::Right(rest) => rest.forget(more),
        }
    }

    fn image(&self, whole: bool) -> Result<ChildRecord, FieldError> {
        match self {
            Either::Left(Nested(machine)) => machine.child_image(whole),
            Either::Right(rest) => rest.image(whole),
        }
    }

    fn stored(&mut self, room: Option<usize>) {
        match self {
            Either::Left(Nested(machine)) => machine.stored(room),
            Either::Right(rest) => rest.stored(room),
        }
    }

    fn renamed(&mut self) {
        match self {
            Either::Left(Nested(machine)) => machine.renamed(),
            Either::Right(rest) => rest.renamed(),
        }
    }

    fn restore(index: usize, record: ChildRecord, same: &mut bool) -> Result<Self, Misplaced> {
        match index.checked_sub(1) {
            None => Ok(Either::Left(Nested(Box::new(Machine::from_child(record, same)?)))),
            Some(index) => R::restore(index, record, same).map(Either::Right),
        }
    }

    fn each(&self, prefix: &TaskName, visit: &mut dyn FnMut(&TaskName, bool)) {
        match self {
            Either::Left(Nested(machine)) => machine.each(&prefix.inside(), visit),
            Either::Right(rest) => rest.each(prefix, visit),
        }
    }

    fn pauses(&mut self, prefix: &TaskName, visit: &mut dyn FnMut(&TaskName, &mut Asked, bool)) {
        match self {
            Either::Left(Nested(machine)) => machine.pauses(&prefix.inside(), visit),
            Either::Right(rest) => rest.pauses(prefix, visit),
        }
    }

    fn ask_again(&mut self) -> Result<(), NodeCause> {
        match self {
            Either::Left(Nested(machine)) => machine.ask_again(),
            Either::Right(rest) => rest.ask_again(),
        }
    }

    fn reply(&mut self, id: &str, bytes: &Bytes) -> Result<bool, Misplaced> {
        match self {
            Either::Left(Nested(machine)) => machine.reply(id, bytes),
            Either::Right(rest) => rest.reply(id, bytes),
        }
    }

    fn overdue(&self, now: u64, found: &mut dyn FnMut(&str, Result<Bytes, FieldError>)) {
        match self {
            Either::Left(Nested(machine)) => machine.overdue(now, found),
            Either::Right(rest) => rest.overdue(now, found),
        }
    }

    fn left(&self, prefix: &TaskName, left: &mut Vec<Left>) -> Result<(), FieldError> {
        match self {
            Either::Left(Nested(machine)) => machine.left(&prefix.inside(), left),
            Either::Right(rest) => rest.left(prefix, left),
        }
    }

    fn recall(
        &mut self,
        prefix: &TaskName,
        found: &mut dyn FnMut(&TaskName) -> Option<Found>,
    ) -> Result<(), Misplaced> {
        match self {
            Either::Left(Nested(machine)) => machine.recall(&prefix.inside(), found),
            Either::Right(rest) => rest.recall(prefix, found),
        }
    }
}

/// The context of a subgraph: that of the graph, or `()`. The generated code has checked that it is one of the two.
fn inherit<X: Send + Sync + 'static, C: Send + Sync + 'static>(context: &Arc<X>) -> Option<Arc<C>> {
    static NOTHING: LazyLock<Arc<()>> = LazyLock::new(Arc::default);
    let same: &dyn Any = context;
    let nothing: &dyn Any = &*NOTHING;
    same.downcast_ref().or_else(|| nothing.downcast_ref()).cloned()
}
