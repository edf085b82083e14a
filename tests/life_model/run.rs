//! The model of a run: step by step, with a write after each.

use crate::end::End;
use crate::graph::{LivingNode, again};
use crate::nodes::{bare, follow, in_desk, work};
use crate::operation::Trouble;
use crate::reference::Model;
use crate::thread::{Checkpoint, Halt, Patch, Task, Thread};
use graph_runtime::{NodeName, Source, Status};
use std::collections::BTreeMap;

/// How many steps a run may take.
pub(crate) const LIMIT: u64 = 7;

impl Model {
    /// Goes on with what is unfinished.
    pub(crate) fn resume(&mut self, id: usize, trouble: &Trouble) -> End {
        let thread = &self.threads[&id];
        let passing = matches!(thread.head().halt, Some(Halt::Breakpoint));
        let asleep = thread.status != Status::Running;
        self.drive(id, trouble, passing, asleep)
    }

    /// Drives a thread to where its run ends. One that is `passing` does not stop where it stands; one that is `asleep` says
    /// that it runs before it does.
    pub(crate) fn drive(&mut self, id: usize, trouble: &Trouble, mut passing: bool, mut asleep: bool) -> End {
        let (mut taken, mut passed) = (0, Vec::new());
        loop {
            let thread = &self.threads[&id];
            let head = thread.head();
            if head.tasks.is_empty() {
                return End::Finished(head.state.clone());
            }
            let active: Vec<_> = head.tasks.iter().filter(|task| !waits(task, thread)).cloned().collect();
            if active.is_empty() {
                let open = thread.open();
                if thread.status == Status::Replied {
                    self.say(id, Status::Running);
                }
                if self.threads[&id].status != Status::Paused {
                    self.say(id, Status::Paused);
                }
                return End::Paused(open);
            }
            if !passed.is_empty() {
                return self.halt(id, Status::Stopped, Halt::Breakpoint, End::Breakpoint(passed));
            }
            if taken == LIMIT {
                return self.halt(id, Status::Stopped, Halt::Limit, End::Limit);
            }
            let before = listed(&active, head, &trouble.before);
            if !before.is_empty() && !std::mem::take(&mut passing) {
                return self.halt(id, Status::Stopped, Halt::Breakpoint, End::Breakpoint(before));
            }
            passing = false;
            let taken_reply = active.iter().any(|task| task.ask.is_some());
            let called = taken_reply && !asleep;
            if std::mem::take(&mut asleep) {
                self.say(id, Status::Running);
            }
            taken += 1;
            passed = listed(&active, self.threads[&id].head(), &trouble.after);
            match self.perform(id, &active) {
                Ok(left) => self.settle(id, &left, called),
                Err(failed) => return failed,
            }
        }
    }

    /// Tells the store what a thread is doing.
    pub(crate) fn say(&mut self, id: usize, status: Status) {
        self.thread_mut(id).say(status);
        self.wrote();
    }

    fn halt(&mut self, id: usize, status: Status, halt: Halt, end: End) -> End {
        let thread = self.thread_mut(id);
        thread.say(status);
        thread.head_mut().halt = Some(halt);
        self.wrote();
        end
    }

    /// Runs the tasks that have not run, and returns what all have left; what they leave lies beside the newest checkpoint if
    /// they are several.
    fn perform(&mut self, id: usize, active: &[Task]) -> Result<BTreeMap<String, Patch>, End> {
        let head = self.threads[&id].head().clone();
        let (mut left, mut failed) = (head.left, Vec::new());
        for task in active {
            let name = task.name();
            if left.contains_key(&name) {
                continue;
            }
            self.ran.push(task.node);
            let fails = self.fails == 1;
            self.fails = self.fails.saturating_sub(1);
            if fails {
                let before = match &head.halt {
                    Some(Halt::Failed(failures)) => failures.iter().find(|(task, _)| *task == name),
                    _ => None,
                };
                failed.push((name, before.map_or(1, |(_, attempts)| attempts + 1)));
                continue;
            }
            let answer = task.ask.as_ref().map(|ask| self.threads[&id].inbox[&ask.number]);
            let patch = work(&head.state, task, answer);
            if active.len() > 1 {
                self.thread_mut(id).head_mut().left.insert(name.clone(), patch.clone());
                self.wrote();
            }
            left.insert(name, patch);
        }
        if failed.is_empty() {
            return Ok(left);
        }
        let tasks = failed.iter().map(|(task, _)| task.clone()).collect();
        Err(self.halt(id, Status::Failed, Halt::Failed(failed), End::Failed(tasks)))
    }

    /// Takes what the tasks have left into the state, reads the routes and commits.
    fn settle(&mut self, id: usize, left: &BTreeMap<String, Patch>, called: bool) {
        let head = self.threads[&id].head().clone();
        let mut state = head.state.clone();
        state.hint = None;
        for patch in head.tasks.iter().filter_map(|task| left.get(&task.name())) {
            patch.apply(&mut state);
        }
        let desk = head.tasks.iter().any(|task| in_desk(task.node));
        let (mut tasks, mut used) = (Vec::new(), Vec::new());
        for task in head.tasks {
            if !left.contains_key(&task.name()) {
                tasks.push(task);
                continue;
            }
            used.extend(task.ask.map(|ask| ask.number));
            match task.node {
                LivingNode::Tick if again(&state) => tasks.push(bare(LivingNode::Tick)),
                node if in_desk(node) => {}
                node => tasks = follow(node, &state),
            }
        }
        if desk && tasks.is_empty() {
            tasks = vec![bare(LivingNode::Gather)];
        }
        let source = if used.is_empty() { Source::Step } else { Source::Reply };
        let status = match rest(&tasks, Status::Running) {
            Status::Paused if called => Status::Running,
            status => status,
        };
        let step = head.step + 1;
        let next = Checkpoint { step, source, status, state, tasks, used, ..self.threads[&id].head().clone() };
        self.commit(id, Some(self.threads[&id].made()), next);
    }

    /// Appends a checkpoint; without what lay beside another one.
    pub(crate) fn commit(&mut self, id: usize, parent: Option<u64>, next: Checkpoint) {
        self.append(id, parent, Checkpoint { halt: None, left: BTreeMap::new(), ..next });
    }

    /// Appends a checkpoint, and gives its pauses their numbers.
    pub(crate) fn append(&mut self, id: usize, parent: Option<u64>, mut next: Checkpoint) {
        for ask in next.tasks.iter_mut().filter_map(|task| task.ask.as_mut()) {
            if ask.number == 0 {
                self.asked += 1;
                ask.number = self.asked;
            }
        }
        (next.parent, next.mark) = (parent, self.marks);
        let thread = self.threads.entry(id).or_insert_with(|| Thread::new(Status::Running));
        thread.say(next.status);
        let made = thread.made() + 1;
        thread.parents.insert(made, parent);
        thread.requests.extend(next.request.map(|request| (request, made)));
        thread.kept.insert(made, next.into());
        self.wrote();
    }
}

/// The status of a thread with these tasks; `running` if one of them can run.
pub(crate) fn rest(tasks: &[Task], running: Status) -> Status {
    if tasks.is_empty() {
        Status::Finished
    } else if tasks.iter().all(|task| task.ask.is_some()) {
        Status::Paused
    } else {
        running
    }
}

fn waits(task: &Task, thread: &Thread) -> bool {
    task.ask.as_ref().is_some_and(|ask| !thread.inbox.contains_key(&ask.number))
}

/// The nodes among these of the tasks that have not run.
fn listed(tasks: &[Task], head: &Checkpoint, nodes: &[LivingNode]) -> Vec<&'static str> {
    let runs = tasks.iter().filter(|task| nodes.contains(&task.node) && !head.left.contains_key(&task.name()));
    let mut names: Vec<_> = runs.map(|task| task.node.name()).collect();
    names.dedup();
    names
}
