//! Graphs inside of graphs: a subgraph is a task that takes its own supersteps with those of its parent.

use super::image::{Found, Left, Misplaced};
use super::machine::Machine;
use super::memory::{Kept, Memory};
use super::observer::Observer;
use super::path::TaskName;
use super::pause::Asked;
use super::position::{Astray, Position};
use super::scene::Scene;
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use crate::record::position::ChildRecord;
use crate::schema::Schema;
use crate::{BoxError, Definition, Error, GraphState, NodeCause, NodeError, Update};
use either::Either;
use std::any::Any;
use std::future::{Future, ready};
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock};

/// Asks of a type that it is a graph.
pub struct Inner<C>(PhantomData<C>);

impl<C: 'static> Inner<C> {
    /// Nothing.
    ///
    /// # Panics
    ///
    /// Never. It looks at a constant that depends on all graphs inside, so that a graph which contains itself is a cycle
    /// here, and only here.
    #[must_use]
    pub const fn of() -> usize
    where
        C: Definition,
    {
        assert!(matches!(C::TIMED, true | false));
        0
    }
}

/// `<[(); Inner::<C>::of()] as Proven<C>>::Graph` is `C`, if that is a graph.
///
/// If it is none, the length is an error, and so is the type: rustc says so there, and nothing more where the type stands.
pub trait Proven<C> {
    /// The graph.
    type Graph;
}

impl<C> Proven<C> for [(); 0] {
    type Graph = C;
}

/// The run of a subgraph.
pub struct Nested<C: Definition>(pub(crate) Box<Machine<C>>);

impl<C: Definition> Nested<C> {
    /// Starts the subgraph, with the update applied to a fresh state or to the one that was kept.
    ///
    /// # Errors
    ///
    /// [`Astray`] if its routes lead to no node.
    pub fn enter<U: Update<C::State>, const OWN: bool>(
        update: U,
        kept: &mut Kept<C, OWN>,
    ) -> Result<Nested<C>, Astray> {
        let mut state = kept.state.take().unwrap_or_else(C::State::initial);
        let mut patch = <C::State as GraphState>::Patch::default();
        update.write(&mut patch);
        state.expire();
        U::apply(&mut patch, &mut state);
        let mut machine = Box::new(Machine::new(state, Position::end(), std::mem::take(&mut kept.inner)));
        machine.lead(C::entry(&machine.state))?;
        Ok(Nested(machine))
    }

    /// The state of the subgraph.
    #[must_use]
    pub fn state(&self) -> &C::State {
        &self.0.state
    }
}

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
