//! States, and the records around them.

use super::super::checkpoint::{self, Content, Meta, Record, RecordError};
use super::super::piece::Piece;
use super::super::position::{PositionRecord, TaskRecord};
use super::super::series;
use crate::{CheckpointId, GraphState, RecordHash, Source, Status, ThreadId, ThreadKey};
use std::sync::Arc;
use std::sync::LazyLock;

// A state without reducers, as the derive would implement it.
//
// state!(S { a: u8 = put / take });
// →
// struct S { a: u8 } impl GraphState for S { … fields.put("a", &PROBE, &self.a) … }
macro_rules! state {
    ($name:ident { $($field:ident: $type:ty = $put:ident / $take:ident),* $(,)? }) => {
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(super) struct $name { $(pub(super) $field: $type),* }

        impl crate::GraphState for $name {
            type Patch = ();
            const FIELDS: &'static [crate::Field] = &[$(crate::Field::new(stringify!($field))),*];

            fn initial() -> Self {
                Self::default()
            }

            fn expire(&mut self) {}

            fn apply(&mut self, (): &mut ()) {}

            fn encode(
                &self,
                fields: &mut crate::record::field::FieldWriter<'_>,
            ) -> Result<(), crate::FieldError> {
                $({
                    static PROBE: crate::record::probe::FieldProbe = crate::record::probe::FieldProbe::new();
                    fields.$put(stringify!($field), &PROBE, &self.$field)?;
                })*
                Ok(())
            }

            fn decode(fields: &mut crate::record::field::FieldReader<'_>) -> Result<Self, crate::FieldError> {
                Ok(Self {
                    $($field: {
                        static PROBE: crate::record::probe::FieldProbe = crate::record::probe::FieldProbe::new();
                        fields.$take(stringify!($field), &PROBE)?.unwrap_or_default()
                    }),*
                })
            }

            fn encode_patch(
                (): &(),
                _: &mut crate::record::field::FieldWriter<'_>,
            ) -> Result<(), crate::FieldError> {
                Ok(())
            }

            fn decode_patch(_: &mut crate::record::field::FieldReader<'_>) -> Result<(), crate::FieldError> {
                Ok(())
            }

            fn note(&mut self, (): &mut (), _: &mut crate::record::delta::Delta) {}

            fn encode_changes(
                &self,
                _: &crate::record::delta::Delta,
                _: &mut crate::record::field::FieldWriter<'_>,
            ) -> Result<(), crate::FieldError> {
                Ok(())
            }
        }
    };
}

pub(super) use state;

state!(Job { step: u32 = put / take, message: String = put / take, notes: Vec<String> = put / take });

pub(super) fn job() -> Job {
    Job { step: 3, message: "Continuing".to_owned(), notes: vec!["one".to_owned(), "two".to_owned()] }
}

pub(super) fn key(graph: &str, thread: &str) -> ThreadKey {
    ThreadKey { graph: Arc::from(graph), thread: ThreadId::new(thread).expect("a valid id") }
}

pub(super) const ID: CheckpointId = CheckpointId(7);
pub(super) const PARENT: RecordHash = RecordHash([9; 16]);

/// A record of checkpoint 7 of the thread `t` of the graph `g`.
pub(super) fn bytes<S: GraphState>(state: &S) -> Vec<u8> {
    let mut buffer = vec![1, 2, 3];
    checkpoint::encode(&meta(), PARENT, &Content::Whole(state), &mut buffer).expect("the state is storable");
    buffer
}

pub(super) fn meta() -> Meta<'static> {
    static POSITION: LazyLock<PositionRecord> = LazyLock::new(|| PositionRecord {
        tasks: vec![TaskRecord { node: "decide".into(), items: Vec::new(), child: None, pause: None }],
        loops: Vec::new(),
    });
    Meta {
        graph: "g",
        thread: "t",
        checkpoint: ID.0,
        parent: Some(6),
        base: None,
        step: 5,
        source: Source::Step,
        time: 1_700_000_000_000,
        duration: 12,
        status: Status::Running,
        position: &POSITION,
        memory: &[],
        request: Some("r-7"),
        tags: &[],
        note: None,
        replies: &[],
        carried: None,
    }
}

/// Reads a checkpoint that was stored for this thread under this id.
pub(super) fn decode<S: GraphState>(key: &ThreadKey, id: CheckpointId, bytes: &[u8]) -> Result<Record<S>, RecordError> {
    series::read(&[Piece::open(key, id, bytes.to_vec())?], None)
}
