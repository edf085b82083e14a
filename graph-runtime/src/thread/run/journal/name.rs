//! The names of entries that hold effects.
//!
//! ```text
//! once/<path>/<node>/<effect>   each part with `%`, `/` and NUL escaped, so that no part reaches into another
//! once/#<hash>                  where that is too long
//! ```

use crate::graph::effect::journal::TaskLabel;
use std::fmt::Write;

const PREFIX: &str = "once/";

/// The longest name, in bytes: stores may index it.
const LONGEST: usize = 255;

/// The name of the entry of an effect.
pub(super) fn of(task: &TaskLabel, effect: &str) -> String {
    let mut name = PREFIX.to_owned();
    escape(&task.path, &mut name);
    name.push('/');
    escape(task.node, &mut name);
    name.push('/');
    escape(effect, &mut name);
    if name.len() > LONGEST {
        let hash = blake3::hash(name.as_bytes()).to_hex();
        name.replace_range(PREFIX.len().., "#");
        name.push_str(&hash);
    }
    name
}

/// Whether an entry of this name holds an effect.
pub(in crate::thread) fn is_effect(entry: &str) -> bool {
    entry.starts_with(PREFIX)
}

fn escape(part: &str, name: &mut String) {
    for character in part.chars() {
        match character {
            // A string takes all that is written.
            '%' | '/' | '\0' => drop(write!(name, "%{:02x}", u32::from(character))),
            other => name.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(path: &str, node: &'static str, effect: &str) -> String {
        of(&TaskLabel { path: path.to_owned(), node }, effect)
    }

    #[test]
    fn names_are_readable() {
        assert_eq!(name("", "pay", "charge"), "once//pay/charge");
        assert_eq!(name("research/2", "pay", "charge 50%\0"), "once/research%2f2/pay/charge 50%25%00");
    }

    #[test]
    fn a_long_name_is_a_short_entry() {
        let long = name("", "pay", &"ü".repeat(10_000));
        assert_eq!(long.len(), PREFIX.len() + 1 + 64);
        assert_ne!(long, name("", "pay", &"ü".repeat(10_001)));
        assert_ne!(long, name("", "refund", &"ü".repeat(10_000)));
        assert_eq!(name("", "pay", &"x".repeat(LONGEST - 10)).len(), LONGEST, "the longest that stands as it is");
    }

    proptest! {
        #[test]
        fn different_effects_have_different_names(
            one in ("[a/%#\0]{0,4}", 0..2usize, "[a/%#2f5\0]{0,6}"),
            other in ("[a/%#\0]{0,4}", 0..2usize, "[a/%#2f5\0]{0,6}"),
        ) {
            let nodes = ["a", "b"];
            let made = |parts: &(String, usize, String)| name(&parts.0, nodes[parts.1], &parts.2);
            prop_assert_eq!(made(&one) == made(&other), one == other);
            prop_assert!(!made(&one).contains('\0'));
            prop_assert!(is_effect(&made(&one)));
        }
    }
}
