//! Durations: `"200ms"`, `"1.5s"`.

use proc_macro2::TokenStream;
use std::time::Duration;
use syn::LitStr;

/// The units, in nanoseconds.
const UNITS: [(&str, u128); 6] = [
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", NANOSECONDS),
    ("m", 60 * NANOSECONDS),
    ("h", 60 * 60 * NANOSECONDS),
    ("d", 24 * 60 * 60 * NANOSECONDS),
];

/// In a second.
const NANOSECONDS: u128 = 1_000_000_000;

/// Decimals that count. More of them are below a nanosecond in every unit.
const DECIMALS: usize = 15;

/// A duration in quotes.
pub(super) fn read(value: TokenStream, what: &str, example: &str) -> syn::Result<Duration> {
    let Ok(literal) = syn::parse2::<LitStr>(value.clone()) else {
        return Err(syn::Error::new_spanned(value, format!("{what} takes a duration in quotes; write `{example}`")));
    };
    parse(&literal.value()).map_err(|message| syn::Error::new_spanned(value, message))
}

/// A number and its unit.
fn parse(text: &str) -> Result<Duration, String> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') || !unit.chars().all(char::is_alphabetic) {
        return Err(format!("`{text}` is no duration; write one number and its unit, such as `90s` or `1.5h`"));
    }
    if unit.is_empty() {
        return Err(format!("`{text}` has no unit; put `us`, `ms`, `s`, `m`, `h` or `d` behind it"));
    }
    let Some(&(_, nanoseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let remedy = meant(unit).map_or_else(
            || "write `us`, `ms`, `s`, `m`, `h` or `d`".to_owned(),
            |unit| format!("did you mean `{number}{unit}`?"),
        );
        return Err(format!("unknown unit `{unit}`; {remedy}"));
    };
    let exact = || {
        let (whole, fraction) = (whole.parse::<u64>().ok()?, &fraction[..fraction.len().min(DECIMALS)]);
        let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let total = u128::from(whole) * nanoseconds + fraction.parse::<u128>().ok()? * nanoseconds / scale;
        let rest = u32::try_from(total % NANOSECONDS).ok()?;
        Some(Duration::new(u64::try_from(total / NANOSECONDS).ok()?, rest))
    };
    exact().ok_or_else(|| format!("`{text}` is longer than any duration; write a shorter one"))
}

/// The unit that another way to write it stands for.
fn meant(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    let begins = |names: &[&str]| names.iter().any(|name| unit.starts_with(name));
    match () {
        () if begins(&["us", "mic", "µ", "μ"]) => Some("us"),
        () if begins(&["ms", "mil"]) => Some("ms"),
        () if begins(&["s"]) => Some("s"),
        () if unit == "m" || begins(&["min"]) => Some("m"),
        () if begins(&["h"]) => Some("h"),
        () if begins(&["d"]) => Some("d"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn a_duration_is_exact() {
        for (text, duration) in [
            ("0s", Duration::ZERO),
            ("5us", Duration::from_micros(5)),
            ("200ms", Duration::from_millis(200)),
            ("1.5s", Duration::from_millis(1500)),
            ("0.1s", Duration::from_millis(100)),
            ("5m", Duration::from_secs(300)),
            ("2h", Duration::from_secs(7200)),
            ("1.25d", Duration::from_secs(108_000)),
            ("0.0001us", Duration::ZERO),
            ("0.333333333333333333333333333333333333333333s", Duration::from_nanos(333_333_333)),
            ("18446744073709551615s", Duration::from_secs(u64::MAX)),
        ] {
            assert_eq!(parse(text), Ok(duration), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_what_is() {
        for (text, message) in [
            ("", "`` is no duration; write one number"),
            ("s", "`s` is no duration"),
            ("-3s", "`-3s` is no duration"),
            (".5s", "`.5s` is no duration"),
            ("5.s", "`5.s` is no duration"),
            ("1.2.3s", "`1.2.3s` is no duration"),
            ("30 s", "`30 s` is no duration"),
            ("1m 30s", "`1m 30s` is no duration"),
            ("1m30s", "`1m30s` is no duration"),
            ("٣s", "`٣s` is no duration"),
            ("30", "`30` has no unit; put"),
            ("30sec", "unknown unit `sec`; did you mean `30s`?"),
            ("5min", "unknown unit `min`; did you mean `5m`?"),
            ("200MS", "unknown unit `MS`; did you mean `200ms`?"),
            ("5µs", "unknown unit `µs`; did you mean `5us`?"),
            ("1week", "unknown unit `week`; write `us`, `ms`"),
            ("18446744073709551616s", "`18446744073709551616s` is longer than any duration"),
            ("18446744073709551615m", "`18446744073709551615m` is longer than any duration"),
        ] {
            let found = parse(text);
            assert!(matches!(&found, Err(found) if found.starts_with(message)), "{text}: {found:?}");
        }
    }
}
