//! The name of a node as a variant of the graph's enum.

/// `start_job` becomes `StartJob`.
pub(super) fn of(name: &str) -> String {
    let mut variant = String::with_capacity(name.len());
    for word in name.split('_') {
        let mut letters = word.chars();
        variant.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        variant.push_str(letters.as_str());
    }
    if variant.is_empty() || variant == "Self" || variant.starts_with(|first: char| first.is_numeric()) {
        // `_1`, `__` and `self_` would be no identifiers.
        return format!("Node{variant}_");
    }
    variant
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn words_are_joined() {
        assert_eq!(of("start_job"), "StartJob");
        assert_eq!(of("a"), "A");
        assert_eq!(of("searchWeb"), "SearchWeb");
        assert_eq!(of("_private"), "Private");
        assert_eq!(of("größe"), "Größe");
    }

    #[test]
    fn every_variant_is_an_identifier() {
        assert_eq!(of("self_"), "NodeSelf_");
        assert_eq!(of("_1"), "Node1_");
        assert_eq!(of("__"), "Node_");
    }
}
