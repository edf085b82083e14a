//! What the tasks of a superstep leave in the store before its checkpoint is there.

use crate::fault::fault;
use crate::graph::engine::path::TaskName;
use crate::graph::engine::scene::{FailedAttempt, Ledger};
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use crate::thread::stored::ThreadStore;
use crate::thread::stored::halt::{ATTEMPT, TASK};
use crate::{BoxFuture, CheckpointId, Commit, Definition, Error, RecordHash};
use serde::{Deserialize, Serialize};
use std::future::ready;

/// What a task left, as an entry.
#[derive(Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// Where it chose to go, if it did.
    pub(crate) next: Option<String>,
    /// Its writes.
    pub(crate) fields: Bytes,
}

/// The entries of one superstep.
pub(crate) struct StepLedger<'a, G: Definition> {
    pub(crate) thread: &'a ThreadStore<G>,
    /// The checkpoint that the step runs from; `None` while it is not in the store, and then nothing can lie beside it.
    pub(crate) beside: Option<(CheckpointId, RecordHash)>,
}

impl<G: Definition> Ledger for StepLedger<'_, G> {
    fn finished<'a>(
        &'a self,
        task: &'a TaskName,
        next: Option<String>,
        fields: Bytes,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let Some(beside) = self.beside else { return Box::pin(ready(Ok(()))) };
        Box::pin(async move {
            let record = TaskRecord { next, fields };
            // Not synced alone: the checkpoint's sync covers it, and until then it saves work, not promises.
            fault!(TaskKeeping);
            let put = self.thread.put(beside, format!("{TASK}{task}"), &record, None, Commit::Written).await;
            put.map_err(|error| self.thread.failed(error))?;
            fault!(TaskKept);
            Ok(())
        })
    }

    fn failed<'a>(&'a self, task: &'a TaskName, attempt: FailedAttempt) -> BoxFuture<'a, Result<(), Error>> {
        let Some(beside) = self.beside else { return Box::pin(ready(Ok(()))) };
        Box::pin(async move {
            fault!(AttemptKeeping);
            let put = self.thread.put(beside, format!("{ATTEMPT}{task}"), &attempt, None, Commit::Synced).await;
            put.map_err(|error| self.thread.failed(error))?;
            fault!(AttemptKept);
            Ok(())
        })
    }

    fn refuse(&self, source: FieldError) -> Error {
        self.thread.not_storable(source)
    }
}
