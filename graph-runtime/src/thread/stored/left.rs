//! What a run left beside its last checkpoint: what its tasks did, and why it stands still.

use crate::clock;
use crate::graph::engine::image::Found;
use crate::graph::engine::scene::FailedAttempt;
use crate::record::entry;
use crate::thread::run::ledger::TaskRecord;
use crate::thread::stored::halt::{ATTEMPT, HALT, Halt, PickUps, RECOVERY, TASK};
use crate::thread::stored::{Stored, beside};
use crate::{Definition, Error, Failure, Status};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

impl<G: Definition> Stored<'_, G> {
    /// Why the thread stands still.
    pub(crate) fn halted(&self, entries: &[(String, Vec<u8>)]) -> Result<Option<Halt>, Error> {
        self.entry(HALT, entries)
    }

    /// What its tasks left before the run ended, by the tasks' names.
    pub(crate) fn left(&self, entries: &[(String, Vec<u8>)]) -> Result<HashMap<String, Found>, Error> {
        let mut left = HashMap::new();
        for (name, bytes) in entries {
            if let Some(task) = name.strip_prefix(ATTEMPT) {
                left.insert(task.to_owned(), Found::Failed(self.open(name, bytes)?));
            }
        }
        if let Some((name, bytes)) = entries.iter().find(|(name, _)| name == HALT)
            && let Halt::Failed(failures) = self.open(name, bytes)?
        {
            let halted = self.head.status == Status::Failed;
            for Failure { task, attempts, .. } in failures {
                let before = match left.get(&task) {
                    Some(Found::Failed(failed)) => failed.attempts,
                    _ => 0,
                };
                // Whoever resumes a failed thread gives its tasks new attempts. Those that failed since count on.
                if halted || attempts >= before {
                    let attempts = attempts.max(before);
                    let failed = FailedAttempt { attempts, spent: 0, due: 0, message: String::new() };
                    left.insert(task, Found::Failed(failed));
                }
            }
        }
        for (name, bytes) in entries {
            if let Some(task) = name.strip_prefix(TASK) {
                let TaskRecord { next, fields } = self.open(name, bytes)?;
                left.insert(task.to_owned(), Found::Finished { next, fields });
            }
        }
        Ok(left)
    }

    /// Whether all that is left waits for the next attempt, whose time has not come.
    pub(crate) fn waits(&self, entries: &[(String, Vec<u8>)]) -> Result<bool, Error> {
        let (mut finished, mut waiting, now) = (0, 0, clock::now());
        for task in self.left(entries)?.into_values() {
            match task {
                Found::Finished { .. } => finished += 1,
                Found::Failed(failed) => waiting += usize::from(failed.due > now),
            }
        }
        Ok(waiting > 0 && waiting + finished >= self.meta.position.width())
    }

    /// When the first of its tasks that wait for their next attempt may begin, in milliseconds since the Unix epoch.
    pub(crate) fn next_attempt(&self, entries: &[(String, Vec<u8>)]) -> Result<Option<u64>, Error> {
        let due = |task| match task {
            Found::Failed(failed) => Some(failed.due).filter(|due| *due > 0),
            Found::Finished { .. } => None,
        };
        Ok(self.left(entries)?.into_values().filter_map(due).min())
    }

    /// Counts, durably, that the thread is picked up at this checkpoint once more, and returns how often it was before
    /// without that any of its tasks left more than there was.
    pub(crate) async fn pick_up(&self, entries: &[(String, Vec<u8>)]) -> Result<u32, Error> {
        let found: PickUps = self.entry(RECOVERY, entries)?.unwrap_or_default();
        let count = |task| match task {
            Found::Finished { .. } => 1,
            Found::Failed(failed) => u64::from(failed.attempts),
        };
        let left = self.left(entries)?.into_values().map(count).sum();
        let times = if found.left == left { found.times } else { 0 };
        let counted = PickUps { times: times.saturating_add(1), left };
        self.thread.note_recoveries(self.head, counted, None).await.map_err(|error| self.thread.failed(error))?;
        Ok(times)
    }

    fn entry<T: DeserializeOwned>(&self, name: &str, entries: &[(String, Vec<u8>)]) -> Result<Option<T>, Error> {
        let found = entries.iter().find(|(found, _)| found == name);
        found.map(|(name, bytes)| self.open(name, bytes)).transpose()
    }

    fn open<T: DeserializeOwned>(&self, name: &str, bytes: &[u8]) -> Result<T, Error> {
        let entry = entry::open(&self.thread.key, beside(self.head), name, bytes);
        entry.map_err(|error| self.thread.unreadable(self.head.checkpoint, error))
    }
}
