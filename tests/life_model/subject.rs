//! The threads themselves, each operation on which is compared with what the model says of it.

use crate::end::End;
use crate::found::{Found, Raw};
use crate::given::{Given, drive};
use crate::graph::{Life, cover};
use crate::names::Names;
use crate::operation::{Call, Kept, Operation, Start};
use crate::place::{Opened, Place};
use crate::reference::{Model, THREADS};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{BoxFuture, CheckpointId, Keep, WaitingId};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// How many operations go by between two looks at all that there is.
const SELDOM: usize = 8;

pub(crate) struct Subject<P: Place> {
    place: P,
    /// `None` only between closing and opening.
    opened: Option<Opened<P::Store>>,
    /// The model as it was found to be: what a crash has left only the store can tell.
    model: Model,
    names: Names,
    raw: BTreeMap<usize, Raw>,
    /// Checkpoints that were made before the so-manieth one are older than it.
    marks: Vec<SystemTime>,
    operations: usize,
}

impl<P: Place> Subject<P> {
    pub(crate) fn new() -> Self {
        let place = P::default();
        let opened = Some(Opened::new(place.open()));
        let (model, names, raw) = (Model::default(), Names::default(), BTreeMap::new());
        Subject { place, opened, model, names, raw, marks: vec![SystemTime::UNIX_EPOCH], operations: 0 }
    }

    pub(crate) fn operate(&mut self, operation: &Operation) {
        self.operations += 1;
        let work = self.work(operation);
        let wanted = self.model.operate(operation);
        self.opened().plan.begin(operation.trouble.fails);
        let end = match (&operation.call, work) {
            (_, Some(work)) => match drive(work, operation.trouble.crash) {
                Some(given) => given.into_end(&wanted, &mut self.names),
                None => End::Dropped,
            },
            (Call::Recover, None) => self.recover(&wanted),
            (Call::Mark, None) => self.mark(),
            _ => End::Done,
        };
        let ran = self.opened().plan.ran();
        if operation.call.reopens() || operation.trouble.crash.is_some() {
            self.reopen();
        }
        if end == End::Dropped {
            assert!(self.model.ran.starts_with(&ran), "{ran:?} ran of {:?}", self.model.ran);
            self.adopt();
        } else {
            assert_eq!(end, wanted);
            assert_eq!(ran, self.model.ran);
        }
        self.look(operation, &end);
    }

    /// Looks at all that there is.
    pub(crate) fn look_at_all(&mut self) {
        for id in 0..THREADS {
            let found = Found::all(&self.opened().thread(id));
            found.agree(self.model.threads.get(&id), &mut self.names);
        }
    }

    /// Looks at the threads, and at more of those that the operation was about.
    fn look(&mut self, operation: &Operation, end: &End) {
        let Operation { thread, call, trouble } = operation;
        self.opened().agree(&self.model.threads);
        let touched = |id: usize| match call {
            Call::CopyTo(to) => id == *to,
            Call::Recover => true,
            _ => id == *thread,
        };
        let restarts = matches!(call, Call::Prune(_) | Call::Delete | Call::CopyTo(_));
        let deep = restarts || trouble.crash.is_some() || call.reopens() || self.operations.is_multiple_of(SELDOM);
        for id in 0..THREADS {
            let raw = Raw::of(&self.opened().store, id);
            if let Some(before) = self.raw.get(&id) {
                if end.refuses() || !touched(id) {
                    assert_eq!(*before, raw, "thread {id} has changed");
                } else if !restarts {
                    raw.follows(before);
                }
            }
            self.raw.insert(id, raw);
            if touched(id) || deep {
                let opened = self.opened();
                let found = if deep { Found::all(&opened.thread(id)) } else { Found::newest(&opened.thread(id)) };
                found.agree(self.model.threads.get(&id), &mut self.names);
            }
        }
    }

    /// Finds out what a call that was dropped has left: a state that there was between two writes.
    fn adopt(&mut self) {
        let found: Vec<_> = (0..THREADS).map(|id| Found::all(&self.opened().thread(id))).collect();
        for world in self.model.worlds.take().expect("the worlds of a call that may be dropped") {
            let agrees = |(id, found): (usize, &Found)| found.agrees(world.get(&id), &self.names);
            if found.iter().enumerate().all(agrees) {
                self.model.threads = world;
                return;
            }
        }
        panic!("no moment of the call has left this: {found:#?}");
    }

    /// The call of an operation, before the model does it.
    fn work(&self, operation: &Operation) -> Option<BoxFuture<'static, Given>> {
        let Operation { thread: id, call, trouble } = operation;
        let opened = self.opened();
        let thread = if trouble.crash.is_some() { opened.late(*id) } else { opened.thread(*id) };
        let at = |at: &usize| thread.at(CheckpointId(self.model.at(*id, *at)));
        let word = |word: &u8| Life::update().log([*word]);
        macro_rules! run {
            ($call:expr) => {
                Given::outcome($call.pause_before(trouble.before.clone()).pause_after(trouble.after.clone()))
            };
        }
        Some(match call {
            Call::Invoke { start, table, fresh, request } => {
                let emptied = fresh.then(|| Life::update().overwrite_log(vec![]).overwrite_text(cover()));
                let update = (Life::update().table(table.clone()), emptied);
                let run = match start {
                    Start::OrResume => thread.resume_or_invoke(update),
                    Start::IfFinished => thread.invoke(update),
                    Start::Anew => thread.invoke(update).restart(),
                };
                let run = run.tag("table", format!("{table:?}"));
                run!(if let Some(request) = request { run.request_id(request.to_string()) } else { run })
            }
            Call::Resume => run!(thread.resume()),
            Call::Reply { to, reply, only } => {
                let reply = self.model.answer(*id, *to, *reply).into_reply();
                let reply = match self.model.addressed(*id, *to) {
                    None => thread.reply(reply),
                    Some(number) => {
                        let nobody = WaitingId::from("nobody@1.0");
                        thread.reply_to(self.names.id(number).unwrap_or(&nobody), reply)
                    }
                };
                if *only { Given::done(reply.deliver()) } else { run!(reply) }
            }
            Call::Replay { at: id } => run!(at(id).replay()),
            Call::Fork { at: id, word: added, request } => {
                let fork = at(id).fork(word(added));
                run!(if let Some(request) = request { fork.request_id(request.to_string()) } else { fork })
            }
            Call::Update { word: added, node } => {
                let edit = thread.update(word(added));
                Given::edit(if let Some(node) = node { edit.as_node(*node) } else { edit })
            }
            Call::UpdateAt { at: id, word: added, node } => {
                let edit = at(id).update(word(added));
                Given::edit(if let Some(node) = node { edit.as_node(*node) } else { edit })
            }
            Call::Cancel => Given::done(thread.cancel("enough")),
            Call::Prune(kept) => Given::pruned(thread.prune(match kept {
                Kept::Last(count) => Keep::Last(*count),
                Kept::Since(mark) => Keep::Since(self.marks[mark % self.marks.len()]),
                Kept::Pauses => Keep::Pauses,
            })),
            Call::CopyTo(to) => {
                let copy = thread.copy_to(&to.to_string());
                Given::done(async { copy.await.map(|_| ()) })
            }
            Call::Delete => Given::done(thread.delete()),
            Call::Recover | Call::Mark | Call::Reopen => return None,
        })
    }

    fn recover(&mut self, wanted: &End) -> End {
        let End::Recovered(wanted) = wanted else { panic!("{wanted:?}") };
        let recovered: Vec<_> = block_on(self.opened().graph.recover().collect());
        let ends = recovered.into_iter().enumerate().map(|(place, recovered)| {
            let (id, outcome) = recovered.unwrap();
            let wanted = wanted.get(place).map_or(&End::Done, |(_, end)| end);
            (id.as_str().parse().unwrap(), End::of_outcome(outcome, wanted, &mut self.names))
        });
        End::Recovered(ends.collect())
    }

    /// Waits until the clock of the checkpoints, which counts milliseconds, shows another time.
    fn mark(&mut self) -> End {
        let milliseconds = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let last = milliseconds();
        while milliseconds() <= last {
            std::hint::spin_loop();
        }
        self.marks.push(SystemTime::now());
        End::Done
    }

    fn reopen(&mut self) {
        // Every handle goes before the store can be opened again.
        self.opened = None;
        self.opened = Some(Opened::new(self.place.open()));
    }

    fn opened(&self) -> &Opened<P::Store> {
        self.opened.as_ref().expect("an open store")
    }
}
