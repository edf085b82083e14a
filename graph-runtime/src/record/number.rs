//! Numbers of variable width, as the codec writes them: the frames of what this library stores are mostly short.
//!
//! ```text
//! below 251: u8; otherwise 251 and u16, 252 and u32, or 253 and u64, the first that it fits
//! ```

/// Appends bytes behind their length.
pub(super) fn framed<E>(buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
    let place = buffer.len();
    buffer.push(0);
    write(buffer)?;
    let length = buffer.len() - place - 1;
    match u8::try_from(length).ok().filter(|short| *short <= SHORT) {
        Some(short) => buffer.iter_mut().skip(place).take(1).for_each(|byte| *byte = short),
        // What was written moves up.
        None => drop(buffer.splice(place..=place, long(length as u64))),
    }
    Ok(())
}

/// Appends a number.
pub(super) fn put(number: u64, buffer: &mut Vec<u8>) {
    match u8::try_from(number).ok().filter(|short| *short <= SHORT) {
        Some(short) => buffer.push(short),
        None => buffer.extend(long(number)),
    }
}

/// Takes bytes off those that begin with their length; `None` if they are not whole.
pub(super) fn split_framed<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = *bytes;
    let length = usize::try_from(split(&mut rest)?).ok()?;
    let (framed, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(framed)
}

/// Takes a number off the bytes; `None` if they begin with none.
pub(super) fn split(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    let (number, rest) = match *first {
        short @ ..=SHORT => (u64::from(short), rest),
        WORD => rest.split_first_chunk().map(|(number, rest)| (u64::from(u16::from_le_bytes(*number)), rest))?,
        DOUBLE => rest.split_first_chunk().map(|(number, rest)| (u64::from(u32::from_le_bytes(*number)), rest))?,
        QUAD => rest.split_first_chunk().map(|(number, rest)| (u64::from_le_bytes(*number), rest))?,
        _ => return None,
    };
    *bytes = rest;
    Some(number)
}

/// The greatest number of one byte.
const SHORT: u8 = 250;
const WORD: u8 = 251;
const DOUBLE: u8 = 252;
const QUAD: u8 = 253;

fn long(number: u64) -> impl Iterator<Item = u8> {
    let (tag, width) = match number {
        _ if u16::try_from(number).is_ok() => (WORD, 2),
        _ if u32::try_from(number).is_ok() => (DOUBLE, 4),
        _ => (QUAD, 8),
    };
    std::iter::once(tag).chain(number.to_le_bytes().into_iter().take(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::codec;

    #[test]
    fn lengths_are_as_the_codec_writes_them() {
        for length in [0, 1, 250, 251, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let mut bytes = b"before".to_vec();
            framed::<()>(&mut bytes, |buffer| {
                buffer.extend_from_slice(&content);
                Ok(())
            })
            .expect("nothing fails");
            let mut encoded = b"before".to_vec();
            codec::encode(&content, &mut encoded).expect("bytes can be written");
            assert_eq!(bytes, encoded);

            let mut rest = &bytes[6..];
            assert_eq!(split_framed(&mut rest), Some(&*content));
            assert!(rest.is_empty());
            for cut in 6..bytes.len().min(300) {
                assert_eq!(split_framed(&mut &bytes[6..cut]), None);
            }
        }
    }

    #[test]
    fn numbers_of_every_width_come_back_and_unknown_widths_do_not() {
        for number in [0, 250, 251, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            let mut bytes = Vec::new();
            codec::encode(&number, &mut bytes).expect("a number can be written");
            let mut again = Vec::new();
            put(number, &mut again);
            assert_eq!(again, bytes);
            assert_eq!(split(&mut bytes.as_slice()), Some(number));
        }
        for unknown in [254, 255] {
            assert_eq!(split(&mut [unknown; 17].as_slice()), None);
        }
    }
}
