//! What redb's errors are to a store.

use crate::StoreError;
use ::redb::{
    CommitError, CompactionError, DatabaseError, SetDurabilityError, StorageError, TableError, TransactionError,
};

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> StoreError {
        match error {
            // What has no magic number, or ends too early, is no store any more.
            StorageError::Io(error)
                if matches!(error.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof) =>
            {
                StoreError::Corrupt { reason: error.to_string() }
            }
            StorageError::Io(error) => error.into(),
            StorageError::Corrupted(_) => StoreError::Corrupt { reason: error.to_string() },
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> StoreError {
        match error {
            DatabaseError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<TransactionError> for StoreError {
    fn from(error: TransactionError) -> StoreError {
        match error {
            TransactionError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> StoreError {
        match error {
            TableError::Storage(error) => error.into(),
            // The store has one table, of one type, since it was set up.
            _ => StoreError::Corrupt { reason: error.to_string() },
        }
    }
}

impl From<CommitError> for StoreError {
    fn from(error: CommitError) -> StoreError {
        match error {
            CommitError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<CompactionError> for StoreError {
    fn from(error: CompactionError) -> StoreError {
        match error {
            CompactionError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<SetDurabilityError> for StoreError {
    fn from(error: SetDurabilityError) -> StoreError {
        StoreError::Failed { reason: error.to_string() }
    }
}
