//! `#[retry(…)]`: its options and what they are if they are left out.

use super::{Retry, duration, value};
use crate::errors::Errors;
use crate::spelling;
use proc_macro2::TokenStream;
use std::time::Duration;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path, Token};

/// The options, each as it may be written.
const OPTIONS: [(&str, &str); 6] = [
    ("attempts", "attempts = 3"),
    ("backoff", "backoff = \"200ms\""),
    ("factor", "factor = 2.0"),
    ("max", "max = \"10s\""),
    ("jitter", "jitter"),
    ("if", "if = path"),
];

const EXAMPLE: &str = "#[retry(attempts = 3)]";

/// The `backoff` that is not written, as far as a `max` leaves it.
const FIRST: Duration = Duration::from_millis(100);

/// The `max` that is not written, if `backoff` is not longer.
const LONGEST: Duration = Duration::from_secs(60);

/// The options that were read.
#[derive(Default)]
struct Options {
    seen: Vec<String>,
    attempts: Option<u32>,
    backoff: Option<Duration>,
    factor: Option<f64>,
    max: Option<(Duration, TokenStream)>,
    jitter: Option<bool>,
    applies: Option<Path>,
}

/// Reads all options and reports the mistakes in each of them; `None` after a mistake.
pub(super) fn read(attribute: &Attribute, errors: &mut Errors) -> syn::Result<Option<Retry>> {
    value::inside(attribute, EXAMPLE)?;
    let (mut options, mut found) = (Options::default(), Errors::new());
    attribute.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = options.take(input) {
                found.push(error);
                value::until_comma(input);
            }
            // An option ends at a comma or at the end.
            drop(input.parse::<Option<Token![,]>>());
        }
        Ok(())
    })?;
    if found.is_empty() {
        return options.complete(attribute).map(Some);
    }
    errors.append(found);
    Ok(None)
}

impl Options {
    /// Takes one option.
    fn take(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let start = input.cursor().token_stream();
        let Ok(word) = input.call(Ident::parse_any) else {
            let first = start.into_iter().next();
            let message = format!("an option of `#[retry]` begins with its name; write `{EXAMPLE}`");
            return Err(syn::Error::new_spanned(first, message));
        };
        let name = word.to_string();
        let Some((_, example)) = OPTIONS.iter().find(|(option, _)| *option == name) else {
            return Err(syn::Error::new_spanned(&word, unknown(&name)));
        };
        if self.seen.contains(&name) {
            return Err(syn::Error::new_spanned(&word, format!("`{name}` stands here twice; remove one")));
        }
        self.seen.push(name.clone());
        let what = format!("`{name}`");
        match (value_of(input, &word, example)?, name.as_str()) {
            (None, "jitter") => self.jitter = Some(true),
            (None, _) => {
                return Err(syn::Error::new_spanned(&word, format!("`{name}` has no value; write `{example}`")));
            }
            (Some(value), "attempts") => self.attempts = Some(attempts(value, &what, example)?),
            (Some(value), "backoff") => self.backoff = Some(duration::read(value, &what, example)?),
            (Some(value), "factor") => self.factor = Some(factor(value, &what, example)?),
            (Some(value), "max") => self.max = Some((duration::read(value.clone(), &what, example)?, value)),
            (Some(value), "jitter") => self.jitter = Some(value::flag(value, &what)?),
            (Some(value), _) => {
                self.applies = Some(value::path(value, &what, "fn(&NodeError) -> bool").inspect_err(|_| {
                    // The commas between the parameters of a closure do not end it.
                    drop(input.parse::<TokenStream>());
                })?);
            }
        }
        Ok(())
    }

    fn complete(self, attribute: &Attribute) -> syn::Result<Retry> {
        let Some(attempts) = self.attempts else {
            let message = format!("`#[retry]` does not say how often; write `{EXAMPLE}`");
            return Err(syn::Error::new_spanned(attribute.path(), message));
        };
        let (backoff, max) = match (self.backoff, self.max) {
            (Some(backoff), Some((max, value))) if max < backoff => {
                let message = "`max` is below `backoff`, the first delay; raise `max`, or take it out";
                return Err(syn::Error::new_spanned(value, message));
            }
            (Some(backoff), Some((max, _))) => (backoff, max),
            (Some(backoff), None) => (backoff, backoff.max(LONGEST)),
            (None, Some((max, _))) => (max.min(FIRST), max),
            (None, None) => (FIRST, LONGEST),
        };
        Ok(Retry {
            attempts,
            backoff,
            factor: self.factor.unwrap_or(2.0),
            max,
            jitter: self.jitter.unwrap_or(false),
            applies: self.applies,
            span: attribute.path().span(),
        })
    }
}

/// The tokens behind the `=` of an option, or nothing if there is no `=`.
fn value_of(input: ParseStream<'_>, word: &Ident, example: &str) -> syn::Result<Option<TokenStream>> {
    let assigned = input.parse::<Option<Token![=]>>()?.is_some();
    let value = value::until_comma(input);
    match (assigned, value.is_empty()) {
        (true, false) => Ok(Some(value)),
        (false, true) => Ok(None),
        (true, true) => Err(syn::Error::new_spanned(word, format!("`{word}` has no value; write `{example}`"))),
        (false, false) => {
            Err(syn::Error::new_spanned(value, format!("unexpected token after `{word}`; write `{example}`")))
        }
    }
}

fn attempts(value: TokenStream, what: &str, example: &str) -> syn::Result<u32> {
    match value::whole(value.clone(), what, example)? {
        0 => Err(syn::Error::new_spanned(value, "0 attempts never run the node; write 1 or more")),
        attempts => Ok(attempts),
    }
}

fn factor(value: TokenStream, what: &str, example: &str) -> syn::Result<f64> {
    let factor = value::decimal(value.clone(), what, example)?;
    if factor.is_finite() && factor >= 1.0 {
        return Ok(factor);
    }
    let problem = if factor < 1.0 { "is below 1, so that the delays would shrink" } else { "is too large" };
    Err(syn::Error::new_spanned(value, format!("{what} {problem}; write `{example}`")))
}

fn unknown(name: &str) -> String {
    let remedy = spelling::closest(name, OPTIONS.iter().map(|&(option, _)| option)).map_or_else(
        || format!("it takes {}", OPTIONS.map(|(option, _)| format!("`{option}`")).join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    format!("unknown option `{name}` of `#[retry]`; {remedy}")
}
