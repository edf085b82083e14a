//! stub
use super::field::FieldError;
use crate::*;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Input,
    Step,
    Cancel,
}
pub(crate) struct Meta<'a> {
    pub checkpoint: CheckpointId,
    pub parent: Option<CheckpointId>,
    pub step: u64,
    pub source: Source,
    pub time: u64,
    pub duration: Duration,
    pub status: Status,
    pub tasks: &'a [Task],
    pub request: Option<&'a str>,
    pub tags: &'a [(String, String)],
    pub note: Option<&'a str>,
}
pub(crate) struct OwnedMeta {
    pub checkpoint: CheckpointId,
    pub parent: Option<CheckpointId>,
    pub step: u64,
    pub source: Source,
    pub time: u64,
    pub duration: Duration,
    pub status: Status,
    pub tasks: Vec<Task>,
    pub request: Option<String>,
    pub tags: Vec<(String, String)>,
    pub note: Option<String>,
}
pub(crate) struct Task {
    pub node: std::borrow::Cow<'static, str>,
}
impl Task {
    pub(crate) fn new(node: &'static str) -> Task {
        Task { node: node.into() }
    }
}
pub(crate) enum RecordError {
    Corrupt(String),
    Incompatible(String),
}
pub(crate) struct Record<S> {
    pub meta: OwnedMeta,
    pub hash: RecordHash,
    pub state: S,
}
pub(crate) fn encode<S: GraphState>(
    _k: &ThreadKey,
    _m: &Meta<'_>,
    _p: Option<RecordHash>,
    _s: &S,
    _b: &mut Vec<u8>,
) -> Result<RecordHash, FieldError> {
    unimplemented!()
}
pub(crate) fn decode<S: GraphState>(_k: &ThreadKey, _id: CheckpointId, _b: &[u8]) -> Result<Record<S>, RecordError> {
    unimplemented!()
}
pub(crate) fn decode_meta(_k: &ThreadKey, _id: CheckpointId, _b: &[u8]) -> Result<OwnedMeta, RecordError> {
    unimplemented!()
}
pub(crate) fn seal_entry<T: Serialize>(
    _k: &ThreadKey,
    _id: CheckpointId,
    _n: &str,
    _v: &T,
) -> Result<Vec<u8>, RecordError> {
    unimplemented!()
}
pub(crate) fn open_entry<T: DeserializeOwned>(
    _k: &ThreadKey,
    _id: CheckpointId,
    _n: &str,
    _v: &[u8],
) -> Result<T, RecordError> {
    unimplemented!()
}
pub(crate) fn now() -> u64 {
    0
}
pub(crate) fn after(_h: Option<CheckpointId>) -> CheckpointId {
    unimplemented!()
}
