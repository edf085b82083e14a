//! What has changed in a container, as many small pieces: bounded by their bytes, as one value is.

use crate::FieldCodec;
use crate::record::field::{Changes, EditKind, EditWriter, FieldError, FieldReader, FieldWriter};
use crate::record::probe::FieldProbe;

type Units = Vec<()>;

static LIST: FieldProbe = FieldProbe::new();
static COUNT: FieldProbe = FieldProbe::new();

/// A list of units, as `edits` leave it.
fn read(edits: &[u8]) -> Result<usize, FieldError> {
    let (mut whole, mut changes) = (Vec::new(), Vec::new());
    let mut fields = FieldWriter::new(&mut whole);
    fields.put("list", &LIST, &Units::new())?;
    let mut fields = FieldWriter::new(&mut changes);
    fields.put_edits::<Units>("list", FieldCodec::Bincode, &LIST, edits)?;
    let add = |value: Option<Units>, changes: Changes<'_, '_>| {
        let mut value = value.unwrap_or_default();
        for edit in changes {
            value.extend(edit?.read::<Units>()?);
        }
        Ok(value)
    };
    let fields = FieldReader::new(&whole).and_then(|fields| fields.changed([&*changes]));
    let list = fields.expect("it is whole").take_changed("list".into(), FieldCodec::Bincode, &LIST, add)?;
    Ok(list.expect("it is there").len())
}

/// Pieces of so many units each: a number is stored as the length of a list is.
fn claims(units: u64, pieces: usize) -> Vec<u8> {
    let mut edits = Vec::new();
    for _ in 0..pieces {
        let mut writer = EditWriter::new(&mut edits, "list", FieldCodec::Bincode, &COUNT);
        writer.put::<u64>(EditKind::Add, &units).expect("a number is stored");
    }
    edits
}

#[test]
fn many_pieces_without_bytes_hold_no_more_than_their_bytes_account_for() {
    let mut most = 0;
    for units in (0..4000).step_by(10).chain([1 << 20, 1 << 40, u64::MAX]) {
        let edits = claims(units, 1000);
        if let Ok(found) = read(&edits) {
            assert!(found <= 64 * edits.len(), "{found} units of {} bytes", edits.len());
            most = most.max(units);
        }
    }
    assert!(most >= 100, "a few are read: {most}");
}

#[test]
fn a_piece_that_is_written_is_read() {
    for units in 0..2000 {
        let mut edits = Vec::new();
        let mut writer = EditWriter::new(&mut edits, "list", FieldCodec::Bincode, &LIST);
        match writer.put::<Units>(EditKind::Add, &vec![(); units]) {
            Ok(()) => assert_eq!(read(&edits), Ok(units)),
            Err(error) => {
                assert!(units > 64, "{units}: {error}");
                assert!(edits.is_empty());
            }
        }
    }
}
