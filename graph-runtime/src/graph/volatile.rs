//! A run that stores nothing.

use super::effect::Effects;
use super::engine::machine::Machine;
use super::engine::path::TaskName;
use super::engine::position::Position;
use super::engine::{self, Failed, Progress};
use super::{Ctx, Definition, Graph, timed};
use crate::{Error, GraphState, NodeCause, Stop, Update};
use std::future::Future;
use std::sync::Arc;

impl<G: Definition, P> Graph<G, P> {
    pub(super) fn in_memory<U>(
        &self,
        update: U,
    ) -> impl Future<Output = Result<G::State, Error>> + Send + 'static + use<G, P, U>
    where
        U: Update<G::State> + 'static,
    {
        let mut patch = <G::State as GraphState>::Patch::default();
        update.write(&mut patch);
        let (context, limit) = (Arc::clone(&self.shared.context), self.shared.step_limit);
        async move {
            timed::<G>()?;
            let progress = Progress::default();
            let run = async {
                let mut state = G::State::initial();
                U::apply(&mut patch, &mut state);
                let mut machine = Machine::<G>::new(state, Position::end(), G::Memory::default());
                let (task, effects) = (TaskName::default(), Effects::default());
                let mut cx = Ctx {
                    context,
                    thread: None,
                    task,
                    step: 0,
                    attempt: 1,
                    last: limit,
                    effects,
                    brake: None,
                    observer: None,
                };
                let stopped = engine::drive(&mut machine, &mut cx, &progress).await?;
                Ok((machine, stopped))
            };
            let blame = |cause| progress.blame::<G>(None, cause).into();
            match engine::catch(run).await {
                Ok(Ok((machine, None))) => machine.into_state().map_err(Error::Node),
                Ok(Ok((_, Some(reason)))) => Err(Stop { thread: None, reason }.into()),
                Ok(Err(Failed::Node(error))) => Err(blame(NodeCause::Error(error))),
                Ok(Err(Failed::Run(error))) => Err(error),
                Err(panic) => Err(blame(panic)),
            }
        }
    }
}
