//! What the processes said and did, put together: whether something was lost or done twice.

use super::{PARTS, WIDTH};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The account of one store, kept outside of it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The steps of each thread that were acknowledged or found, and the first process that knew.
    steps: BTreeMap<String, BTreeMap<u64, u64>>,
    /// The replies that were acknowledged, and those that orders at their end have used.
    replies: BTreeSet<(String, String)>,
    used: BTreeSet<(String, String)>,
    /// What has come of all this.
    pub told: Told,
}

/// Counts.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Told {
    pub steps: u64,
    pub replies: u64,
    pub executions: u64,
    pub repeated: u64,
    pub effects: u64,
    pub effects_repeated: u64,
    pub uncertain: u64,
}

impl Ledger {
    /// Takes in what a process said; checks that it found everything that those before it had acknowledged.
    ///
    /// # Panics
    ///
    /// If it did not.
    pub fn learn(&mut self, said: &str, round: u64) {
        for line in said.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let [word, thread, what] = words[..] else { continue };
            match (word, what.parse::<u64>()) {
                ("head" | "ack", Ok(step)) => {
                    let known = self.steps.entry(thread.to_owned()).or_default();
                    let (newest, since) = known.last_key_value().map_or((0, 0), |(step, round)| (*step, *round));
                    let back = word == "head" && step < newest;
                    assert!(!back, "`{thread}` went back from step {newest}, known to process {since}, to {step}");
                    known.entry(step).or_insert(round);
                }
                ("ack-reply", _) => drop(self.replies.insert((thread.to_owned(), what.to_owned()))),
                ("used", _) => drop(self.used.insert((thread.to_owned(), what.to_owned()))),
                _ => {}
            }
        }
    }

    /// Compares what was acknowledged, once all orders are at their end, and what the nodes and effects did. `synced` kills
    /// fell on processes with `Durability::Sync`.
    ///
    /// # Panics
    ///
    /// If something was lost, or done again after it was acknowledged.
    pub fn close(&mut self, lines: &str, synced: u64) {
        let lost: Vec<_> = self.replies.difference(&self.used).collect();
        assert!(lost.is_empty(), "replies that were acknowledged are lost: {lost:?}");
        let repeated = self.read(lines);
        // A kill costs what was running; with weaker durability also what was not yet stored.
        assert!(repeated <= synced * WIDTH, "{repeated} executions too many for {synced} kills");
        self.told.replies += self.replies.len() as u64;
        self.told.steps +=
            self.steps.values().filter_map(|steps| steps.last_key_value()).map(|(step, _)| step).sum::<u64>();
        self.steps.clear();
        self.replies.clear();
        self.used.clear();
    }

    /// Reads the lines; returns how many executions were repeated after processes with `Durability::Sync`.
    fn read(&mut self, lines: &str) -> u64 {
        let mut runs = BTreeMap::<_, (u64, bool)>::new();
        let mut here = BTreeMap::<_, u64>::new();
        let (mut effects, mut stored) = (BTreeMap::<&str, u64>::new(), BTreeSet::new());
        let mut wires = BTreeSet::new();
        let mut synced = 0;
        for line in lines.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                [round, durability, thread, "run", step, turn, task] => {
                    self.told.executions += 1;
                    self.in_time(thread, step.parse().unwrap(), round.parse().unwrap());
                    // A task runs once in a process, and three times with its retries.
                    let attempts = if task == "audit" { 3 } else { 1 };
                    let here = here.entry((round, thread, turn, task)).or_default();
                    *here += 1;
                    assert!(*here <= attempts, "a task ran too often in one process: {line}");
                    let (times, safe) = runs.entry((thread, turn, task)).or_default();
                    *times += 1;
                    self.told.repeated += u64::from(*times > attempts);
                    synced += u64::from(*times > attempts && *safe);
                    *safe = durability == "Sync";
                }
                [_, _, thread, "used", reply] => {
                    let used = (thread.to_owned(), reply.to_owned());
                    assert!(self.used.contains(&used), "a pause had an effect of a reply that was not used: {line}");
                }
                [_, _, _, "effect", key] => {
                    assert!(!stored.contains(key), "an effect happened again after its value was stored: {line}");
                    self.told.effects += 1;
                    let times = effects.entry(key).or_default();
                    *times += 1;
                    self.told.effects_repeated += u64::from(*times > 1);
                }
                [_, _, _, "stored", key] => drop(stored.insert(key)),
                [_, _, _, "wire", key] => assert!(wires.insert(key), "it happened more than once: {line}"),
                [_, _, _, "asked", _] => self.told.uncertain += 1,
                _ => panic!("a torn line: {line:?}"),
            }
        }
        synced
    }

    /// No step is taken again after it was acknowledged.
    fn in_time(&self, thread: &str, step: u64, round: u64) {
        let known = self.steps.get(thread).and_then(|steps| steps.range(step..).map(|(_, round)| *round).min());
        let again = known.is_some_and(|known| round > known);
        assert!(!again, "`{thread}` ran step {step} again in process {round}, although it was stored in {known:?}");
    }
}

impl Told {
    /// How many orders there would be without a repetition.
    #[must_use]
    pub fn orders(&self) -> u64 {
        (self.effects - self.effects_repeated) / u64::from(2 * (PARTS + 1))
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told { steps, replies, executions, repeated, effects, effects_repeated, uncertain } = self;
        write!(
            f,
            "{} orders, {steps} steps and {replies} replies acknowledged; {executions} executions, {repeated} repeated; \
             {effects} effects, {effects_repeated} repeated, {uncertain} uncertain",
            self.orders()
        )
    }
}
