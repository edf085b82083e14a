//! The model: what a call should do to the threads, and how it should end.

use crate::call::{Call, End, Guest, Invocation, Trouble};
use crate::graph::{Ran, STEP_LIMIT, TallyingNode, ends};
use crate::stored::{Thread, Threads};
use graph_runtime::{Durability, Source, Status};

/// How often `recover` may pick a thread up at one checkpoint.
const PICK_UPS: u32 = 5;

/// The threads, and what the last call did.
pub(crate) struct Model {
    pub(crate) threads: Threads,
    durability: Durability,
    /// Every state of the store since the call began: one of them is left if the call is dropped anywhere.
    pub(crate) states: Vec<Threads>,
    pub(crate) ran: Vec<Ran>,
    /// What `recover` told.
    pub(crate) recovered: Vec<(usize, End)>,
    /// What visitors saw.
    pub(crate) visited: Threads,
}

/// A thread in memory while it runs.
struct Run {
    id: usize,
    live: Thread,
    /// What made the state that is not stored.
    unsaved: Option<Source>,
    attempt: u32,
}

impl Model {
    pub(crate) fn new(durability: Durability) -> Model {
        let (threads, visited) = (Threads::new(), Threads::new());
        Model { threads, durability, states: Vec::new(), ran: Vec::new(), recovered: Vec::new(), visited }
    }

    /// Does the call of this number, to its end if nobody can tell where it is dropped.
    pub(crate) fn call(&mut self, number: usize, call: &Call) -> End {
        self.states = vec![self.threads.clone()];
        self.visited = Threads::new();
        self.ran.clear();
        self.recovered.clear();
        match *call {
            Call::Invoke(id, invocation, mut trouble) => self.invoke(id, number, invocation, &mut trouble),
            Call::Resume(id, mut trouble) => match self.threads.get(&id) {
                None => End::Unknown,
                Some(thread) if thread.unfinished() => self.resume(id, &mut trouble),
                Some(thread) => End::NothingToResume(thread.seen.status),
            },
            Call::Cancel(id, reason) => self.cancel(id, reason, false),
            Call::Delete(id) => {
                self.threads.remove(&id);
                End::Done
            }
            Call::Recover(mut trouble) => self.recover(&mut trouble),
            Call::Reopen(durability) => {
                self.durability = durability;
                End::Done
            }
        }
    }

    fn invoke(&mut self, id: usize, number: usize, invocation: Invocation, trouble: &mut Trouble) -> End {
        let Invocation { goal, request, restart, resumes } = invocation;
        if let Some(thread) = self.threads.get(&id) {
            let same = thread.serves(request);
            match request.and_then(|request| thread.requests.get(&request)) {
                Some((Status::Finished, tally, _)) => return End::Finished(tally.clone()),
                Some((Status::Cancelled, _, reason)) => return End::Cancelled((*reason).to_owned()),
                Some(_) if !same => return End::RequestDropped,
                _ => {}
            }
            if thread.unfinished() && !restart {
                if !resumes && !same {
                    return End::Unfinished(thread.seen.status);
                }
                let end = self.resume(id, trouble);
                if same || request.is_none() || !matches!(end, End::Finished(_)) {
                    return end;
                }
            }
        }
        let mut live = self.threads.get(&id).cloned().unwrap_or_else(Thread::new);
        live.seen.tally.goal = goal;
        live.seen.next = Some(TallyingNode::Add);
        live.seen.request = request.map(|request| request.to_string());
        live.seen.tags = vec![("call".to_owned(), number.to_string())];
        let mut run = Run { id, live, unsaved: None, attempt: 1 };
        self.commit(&mut run, Source::Input);
        self.drive(run, trouble)
    }

    fn resume(&mut self, id: usize, trouble: &mut Trouble) -> End {
        let mut live = self.threads[&id].clone();
        let attempt = live.attempts + 1;
        if live.seen.status != Status::Running {
            (live.seen.status, live.seen.failure, live.pick_ups) = (Status::Running, None, 0);
            self.store(id, &live);
        }
        self.drive(Run { id, live, unsaved: None, attempt }, trouble)
    }

    fn drive(&mut self, mut run: Run, trouble: &mut Trouble) -> End {
        let mut remaining = STEP_LIMIT;
        while let Some(node) = run.live.seen.next {
            if remaining == 0 {
                self.halt(run, Status::Stopped, 0);
                return End::Limit;
            }
            remaining -= 1;
            if let Some(end) = self.rest(node, run.id, trouble) {
                return end;
            }
            let step = run.live.seen.step + 1;
            self.ran.push(Ran { thread: run.id, node, step, attempt: run.attempt, remaining });
            if ends(&mut trouble.fails) {
                let attempt = run.attempt;
                self.halt(run, Status::Failed, attempt);
                return End::Failed;
            }
            if let Some(end) = self.rest(node, run.id, trouble) {
                return end;
            }
            let seen = &mut run.live.seen;
            seen.step = step;
            seen.next = match node {
                TallyingNode::Add => {
                    seen.tally.count += 1;
                    seen.tally.log.push(seen.tally.count);
                    Some(TallyingNode::Wait)
                }
                TallyingNode::Wait => Some(TallyingNode::Judge),
                TallyingNode::Judge => (seen.tally.count < seen.tally.goal).then_some(TallyingNode::Add),
            };
            run.attempt = 1;
            self.commit(&mut run, Source::Step);
        }
        End::Finished(run.live.seen.tally)
    }

    /// How the run ends because a node waits; `None` if it goes on. Only one node waits: before it can fail, and after.
    fn rest(&mut self, node: TallyingNode, id: usize, trouble: &mut Trouble) -> Option<End> {
        let interruption = trouble.interruption.as_mut().filter(|_| node == TallyingNode::Wait)?;
        if interruption.by == Guest::DropPolled || !ends(&mut interruption.time) {
            return None;
        }
        match interruption.by {
            Guest::Drop => Some(End::Dropped),
            Guest::Cancel => {
                let _ = self.cancel(id, "visit", true);
                Some(End::Cancelled("visit".to_owned()))
            }
            Guest::Visit | Guest::DropPolled => {
                self.visited = self.threads.clone();
                None
            }
        }
    }

    fn commit(&mut self, run: &mut Run, source: Source) {
        if run.live.seen.next.is_some() && self.durability == Durability::Exit {
            run.unsaved = Some(source);
            return;
        }
        let status = if run.live.seen.next.is_some() { Status::Running } else { Status::Finished };
        run.live.commit(source, status, "");
        self.store(run.id, &run.live);
    }

    fn halt(&mut self, mut run: Run, status: Status, attempts: u32) {
        if let Some(source) = run.unsaved {
            run.live.commit(source, Status::Running, "");
            self.store(run.id, &run.live);
        }
        run.live.halt(status, attempts);
        self.store(run.id, &run.live);
    }

    fn cancel(&mut self, id: usize, reason: &'static str, running: bool) -> End {
        match self.threads.get(&id).cloned() {
            Some(mut thread) if thread.unfinished() => {
                thread.seen.next = None;
                thread.commit(Source::Cancel, Status::Cancelled, reason);
                self.store(id, &thread);
                End::Done
            }
            // A run that has stored nothing leaves its thread as it was.
            _ if running => End::Done,
            None => End::Unknown,
            Some(thread) if thread.seen.status == Status::Cancelled => End::Done,
            Some(thread) => End::NothingToCancel(thread.seen.status),
        }
    }

    fn recover(&mut self, trouble: &mut Trouble) -> End {
        let left = self.threads.iter().filter(|(_, thread)| thread.seen.status == Status::Running);
        for id in left.map(|(id, _)| *id).collect::<Vec<_>>() {
            let mut thread = self.threads[&id].clone();
            let hopeless = thread.pick_ups == PICK_UPS;
            thread.pick_ups += 1;
            if hopeless {
                thread.halt(Status::Failed, PICK_UPS);
            }
            self.store(id, &thread);
            let end = if hopeless { End::NoProgress } else { self.resume(id, trouble) };
            if end == End::Dropped {
                return end;
            }
            self.recovered.push((id, end));
        }
        End::Done
    }

    fn store(&mut self, id: usize, thread: &Thread) {
        self.threads.insert(id, thread.clone());
        self.states.push(self.threads.clone());
    }
}
