//! Numbers that follow from other numbers and look as if they did not.

/// Mixes two numbers into one: the step of `SplitMix64`.
pub(crate) fn mix(one: u64, other: u64) -> u64 {
    let mut value = one.rotate_left(29) ^ other.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Mixes the bytes of a text into a number.
pub(crate) fn spell(seed: u64, text: &str) -> u64 {
    text.bytes().fold(seed, |value, byte| mix(value, u64::from(byte)))
}
