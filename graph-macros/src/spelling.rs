//! "Did you mean": the nearest of the words that would have been right.

/// The end of an error message, with its semicolon: `` ; did you mean `append`? `` or nothing if no word is near.
pub(crate) fn hint<'a>(word: &str, right: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, right).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The word that takes the fewest edits, if it takes at most a third of the longer word's letters.
pub(crate) fn closest<'a>(word: &str, right: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    right
        .into_iter()
        .map(|near| (edits(word, near), near))
        .filter(|&(edits, near)| edits * 3 <= word.chars().count().max(near.chars().count()))
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, near)| near)
}

/// The Levenshtein distance: letters to insert, remove or replace.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut above_left = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.chars().enumerate() {
            let replaced = above_left + usize::from(a != b);
            above_left = row[j + 1];
            row[j + 1] = replaced.min(above_left + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{closest, hint};

    #[test]
    fn nearest_word_wins() {
        assert_eq!(closest("serch", ["start", "search", "end"]), Some("search"));
        assert_eq!(closest("apend", ["append", "add"]), Some("append"));
    }

    #[test]
    fn nothing_near_is_no_hint() {
        assert_eq!(closest("x", ["append", "add"]), None);
        assert_eq!(hint("frobnicate", ["append", "add"]), "");
    }
}
