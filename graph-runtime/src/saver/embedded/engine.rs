//! What an engine under a store must do.

use super::changes::Changes;
use super::lock::Lock;
use super::settings::Settings;
use super::ticket::Answer;
use crate::{StoreError, panic};
use std::io;
use std::ops::Range;
use std::path::Path;

/// Sorted keys with their values, on a disk.
///
/// One thread writes, and any number read meanwhile. A panic of the engine is an error of the call.
pub(in crate::saver) trait Engine: Sized + Send + Sync + 'static {
    /// What its file or directory is called within the store's directory.
    const NAME: &'static str;
    /// How many keys that hold nothing lie between those of small values and those of records.
    const PADDING: u8 = 0;
    /// As many writes as are worth to be applied, even if nobody waits for them: with more of them, whoever reads after them
    /// waits longer; with fewer, the committer is woken more often.
    const PLENTY: usize;

    /// A key or a value.
    type Bytes: Bytes;
    /// Reads of one state.
    type Scan<'engine>: Scan<Bytes = Self::Bytes>;

    /// The longest value that it is given under a key of so many bytes; longer ones are cut.
    fn chunk_bytes(key_bytes: usize) -> usize;

    /// Opens what is there, or creates it. `lock` is kept until the engine is closed.
    fn open(path: &Path, settings: &Settings, lock: Option<Lock>) -> Result<Self, StoreError>;

    /// Reads any number of keys in one state.
    fn read<T>(&self, read: impl FnOnce(&Self::Scan<'_>) -> Result<T, StoreError>) -> Result<T, StoreError>;

    /// Applies changes, for reads to see all at once, and durable with the next commit.
    fn apply(&self, changes: Changes<Self::Bytes>, order: Order) -> Answer;

    /// Applies changes and makes everything that was applied survive a power cut. Calls `applied` as soon as reads see the
    /// changes.
    fn commit(&self, changes: Changes<Self::Bytes>, order: Order, applied: impl FnOnce()) -> Answer;
}

/// What a crash may leave of changes that are applied together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::saver) enum Order {
    /// All of them or none.
    Atomic,
    /// The first few of them, if that is faster.
    Gradual,
}

/// A key or a value, as an engine has it.
pub(in crate::saver) trait Bytes:
    AsRef<[u8]> + From<Vec<u8>> + for<'bytes> From<&'bytes [u8]>
{
}

impl<B: AsRef<[u8]> + From<Vec<u8>> + for<'bytes> From<&'bytes [u8]>> Bytes for B {}

/// Reads of one state.
pub(in crate::saver) trait Scan {
    /// A key or a value.
    type Bytes: Bytes;

    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Self::Bytes>, StoreError>;

    /// The keys within a range, in their order, with their values.
    fn range(
        &self,
        range: Range<Vec<u8>>,
    ) -> impl DoubleEndedIterator<Item = Result<(Self::Bytes, Self::Bytes), StoreError>>;
}

/// Makes a panic of an engine an error: on some damage engines panic, and a program that was given damaged bytes must not.
pub(in crate::saver) fn guard<T>(engine: &str, call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let corrupt = |message| Err(StoreError::Corrupt { reason: format!("{engine} panicked: {message}") });
    panic::catch(call).unwrap_or_else(corrupt)
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> StoreError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { reason: error.to_string() },
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}
