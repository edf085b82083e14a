//! Names that something had before, as stored threads hold them.

use crate::errors::Errors;
use std::collections::HashMap;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token};

/// A list of old names: `"a", "b"`.
pub(crate) fn list(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

/// An old name as it is stored.
pub(crate) fn text(name: &LitStr) -> String {
    let text = name.value();
    text.strip_prefix("r#").map_or_else(|| text.clone(), ToOwned::to_owned)
}

/// Reports each old name that tells nothing: one that was no name, one that something else has now, and one that stands
/// here twice. `what` is what has the names, `field` or `node`, `whole` is where all of them are, and nothing could ever be
/// called by a `reserved` one.
pub(crate) fn check<'a>(
    what: &str,
    whole: &str,
    reserved: &[&str],
    current: &[String],
    names: impl Iterator<Item = (String, &'a LitStr)>,
    errors: &mut Errors,
) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for (owner, literal) in names {
        let name = text(literal);
        if !is_name(&name) || reserved.contains(&&*name) {
            errors.error(literal, format_args!("no {what} was ever called `{name}`; write the name that it had"));
        } else if name == owner {
            errors.error(literal, format_args!("`{owner}` has that name now; write the one that it had before"));
        } else if current.contains(&name) {
            let remedy = "a name is stored once, so remove this, or give the other one a new name";
            errors.error(literal, format_args!("the {whole} has a {what} `{name}`; {remedy}"));
        } else if let Some(other) = seen.get(&name) {
            let message = if *other == owner {
                format!("`{name}` stands here twice; remove one")
            } else {
                format!("`{other}` was called `{name}`, too; remove one of the two")
            };
            errors.error(literal, message);
        }
        seen.entry(name).or_insert(owner);
    }
}

/// Whether this can be the name of something, raw or not.
fn is_name(name: &str) -> bool {
    Ident::parse_any.parse_str(name).is_ok()
}
