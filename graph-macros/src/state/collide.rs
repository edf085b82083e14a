//! Setters that would have one name.

use super::model::{Setters, State};
use super::setters;
use crate::errors::Errors;
use std::collections::HashMap;

/// Reports each field whose setters have a name that is taken, at the later of the two, and leaves its setters out.
pub(super) fn check(state: &mut State<'_>, errors: &mut Errors) {
    let mut taken: HashMap<String, String> = HashMap::new();
    for field in &mut state.fields {
        let names = setters::names(field);
        if names.iter().any(|name| name == "erase") {
            field.setters = Setters::None;
            errors.error(field.ident, "the setter `erase` is taken: every update has it; rename the field");
        } else if let Some((name, other)) = names.iter().find_map(|name| Some((name, taken.get(name)?))) {
            field.setters = Setters::None;
            errors.error(
                field.ident,
                format_args!(
                    "the setter `{name}` of `{}` is also one of `{}`; rename one of the fields",
                    field.name, other
                ),
            );
        }
        for name in names {
            taken.entry(name).or_insert_with(|| field.name.clone());
        }
    }
}
