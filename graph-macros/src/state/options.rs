//! What the attributes of a field and of the struct say.

use super::migration::{self, Migration};
use super::parse;
use crate::errors::Errors;
use crate::{former, krate, spelling};
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, LitStr, Path, Token, Type, parenthesized};

/// The words of `#[reduce(…)]`.
const REDUCERS: [&str; 9] = ["append", "merge", "add", "max", "min", "and", "or", "with", "upsert"];

/// The words of `#[state(…)]` on a field.
const OPTIONS: [&str; 8] = ["default", "into", "json", "skip", "ephemeral", "secret", "renamed_from", "migrate"];

/// The options of one field. A flag is its word in the attribute, so that an error can point at it.
#[derive(Default)]
pub(super) struct Options {
    pub(super) reducer: Option<(Ident, Reducer)>,
    pub(super) default: Option<(Ident, TokenStream)>,
    pub(super) into: Option<Ident>,
    pub(super) json: Option<Ident>,
    pub(super) skip: Option<Ident>,
    pub(super) ephemeral: Option<Ident>,
    pub(super) secret: Option<Ident>,
    /// The names that the field had before.
    pub(super) former: Vec<LitStr>,
    /// The types that it had before.
    pub(super) migrations: Vec<Migration>,
}

/// How a field folds a write into its value.
pub(super) enum Reducer {
    Append,
    Merge,
    Add,
    Max,
    Min,
    And,
    Or,
    With(Path),
    Upsert { by: Ident, key: Option<Box<Type>> },
}

/// Reads the options of a field.
pub(super) fn field(attributes: &[Attribute], errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for attribute in attributes {
        if attribute.path().is_ident("state") {
            parse::options(attribute, errors, |word, input, errors| options.state(word, input, errors));
        } else if attribute.path().is_ident("reduce") {
            parse::options(attribute, errors, |word, input, errors| options.reduce(word, input, errors));
            if matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.is_empty()) {
                errors.error(attribute, format_args!("`#[reduce()]` names no reducer; use one of {}", list(&REDUCERS)));
            }
        }
    }
    options
}

/// Reads the options of the struct: the path to the runtime.
pub(super) fn container(attributes: &[Attribute], errors: &mut Errors) -> Path {
    let mut found = None;
    for attribute in attributes {
        if attribute.path().is_ident("reduce") {
            errors.error(attribute, "`#[reduce(…)]` belongs to a field; put it above the one that it reduces");
        } else if attribute.path().is_ident("state") {
            parse::options(attribute, errors, |word, input, errors| {
                if word == "crate" {
                    let path = krate::parse(input)?;
                    once(&mut found, word, path, errors);
                    return Ok(());
                }
                Err(syn::Error::new_spanned(word, unknown_on_struct(&word.to_string())))
            });
        }
    }
    found.map_or_else(krate::default, |(_, path)| path)
}

impl Options {
    fn state(&mut self, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let name = word.to_string();
        let flag = match name.as_str() {
            "default" => {
                let value = default(word, input)?;
                once(&mut self.default, word, value, errors);
                return Ok(());
            }
            "renamed_from" => {
                self.former.extend(renamed_from(word, input)?);
                return Ok(());
            }
            "migrate" => {
                self.migrations.extend(migration::read(word, input, errors)?);
                return Ok(());
            }
            "into" => &mut self.into,
            "json" => &mut self.json,
            "skip" => &mut self.skip,
            "ephemeral" => &mut self.ephemeral,
            "secret" => &mut self.secret,
            _ => return Err(syn::Error::new_spanned(word, unknown_on_field(&name))),
        };
        if flag.is_some() {
            errors.error(word, format_args!("`{word}` stands here twice; remove one"));
        }
        *flag = Some(word.clone());
        Ok(())
    }

    fn reduce(&mut self, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let name = word.to_string();
        let reducer = match name.as_str() {
            "append" => Reducer::Append,
            "merge" => Reducer::Merge,
            "add" => Reducer::Add,
            "max" => Reducer::Max,
            "min" => Reducer::Min,
            "and" => Reducer::And,
            "or" => Reducer::Or,
            "with" => Reducer::With(function(word, input, "fn(&mut T, T)")?),
            "upsert" => match upsert(word, input, errors)? {
                Some(reducer) => reducer,
                None => return Ok(()),
            },
            _ => return Err(syn::Error::new_spanned(word, unknown_reducer(&name))),
        };
        if let Some((first, _)) = &self.reducer {
            errors.error(word, format_args!("the field has the reducer `{first}` already; remove one"));
            return Ok(());
        }
        self.reducer = Some((word.clone(), reducer));
        Ok(())
    }
}

/// `default` is what holds without the word, so it says nothing alone; it is allowed to say so. `default = expression`.
fn default(word: &Ident, input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if !input.peek(Token![=]) {
        return Ok(TokenStream::new());
    }
    input.parse::<Token![=]>()?;
    let value = parse::expression(input);
    if value.is_empty() {
        return Err(syn::Error::new_spanned(word, "`default =` has no value; write `default = expression`"));
    }
    Ok(value)
}

/// `renamed_from = "old"` or `renamed_from("old", "older")`.
fn renamed_from(word: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    let missing = || syn::Error::new_spanned(word, "`renamed_from` names nothing; write `renamed_from = \"old_name\"`");
    let names = if input.peek(syn::token::Paren) {
        let content;
        parenthesized!(content in input);
        let names = former::list(&content);
        if names.is_err() {
            // Tokens that are left would be another mistake.
            content.parse::<TokenStream>()?;
        }
        names
    } else if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        input.parse().map(|name| vec![name])
    } else {
        return Err(missing());
    };
    let wrong = |error: syn::Error| {
        syn::Error::new(error.span(), "`renamed_from` takes a string; write `renamed_from = \"old_name\"`")
    };
    names.map_err(wrong).and_then(|names| if names.is_empty() { Err(missing()) } else { Ok(names) })
}

/// The path in `with = path`, of a function with this signature.
pub(super) fn function(word: &Ident, input: ParseStream<'_>, signature: &str) -> syn::Result<Path> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new_spanned(word, "`with` has no function; write `with = path`"));
    }
    input.parse::<Token![=]>()?;
    if input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move]) {
        let remedy = format!("write an `{signature}` and name it");
        let error = input.error(format!("`with` takes the path of a function, not a closure; {remedy}"));
        // The commas between its parameters do not end it.
        input.parse::<TokenStream>()?;
        return Err(error);
    }
    input.parse()
}

/// `upsert(by = field)` or `upsert(by = field, key = Type)`; `None` if what is wrong with it is reported.
fn upsert(word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Option<Reducer>> {
    let missing = || syn::Error::new_spanned(word, "`upsert` has no key; write `upsert(by = field)`");
    if !input.peek(syn::token::Paren) {
        return Err(missing());
    }
    let content;
    parenthesized!(content in input);
    let (mut by, mut key) = (None, None);
    let mut found = Errors::new();
    parse::list(&content, &mut found, &mut |option, content, errors| {
        if option == "by" {
            content.parse::<Token![=]>()?;
            once(&mut by, option, content.parse()?, errors);
        } else if option == "key" {
            content.parse::<Token![=]>()?;
            once(&mut key, option, content.parse()?, errors);
        } else {
            let hint = spelling::hint(&option.to_string(), ["by", "key"]);
            let message =
                format!("unknown option `{option}` of `upsert`, which takes `by = field` and `key = Type`{hint}");
            return Err(syn::Error::new_spanned(option, message));
        }
        Ok(())
    });
    if by.is_none() && found.is_empty() {
        return Err(missing());
    }
    errors.append(found);
    Ok(by.map(|(_, by)| Reducer::Upsert { by, key: key.map(|(_, key)| key) }))
}

/// Keeps the first value and reports a second.
pub(super) fn once<T>(slot: &mut Option<(Ident, T)>, word: &Ident, value: T, errors: &mut Errors) {
    if slot.is_some() {
        errors.error(word, format_args!("`{word}` stands here twice; remove one"));
    } else {
        *slot = Some((word.clone(), value));
    }
}

fn unknown_on_field(word: &str) -> String {
    if REDUCERS.contains(&word) {
        return format!("`{word}` is a reducer; write `#[reduce({word})]`");
    }
    if word == "crate" {
        return "`crate = path` belongs to the struct; put `#[state(crate = path)]` above it".to_owned();
    }
    match spelling::closest(word, OPTIONS) {
        Some(near) => format!("unknown option `{word}`; did you mean `{near}`?"),
        None => format!("unknown option `{word}`; a field takes {}", list(&OPTIONS)),
    }
}

fn unknown_on_struct(word: &str) -> String {
    if OPTIONS.contains(&word) || REDUCERS.contains(&word) {
        return format!("`{word}` belongs to a field; put it above the one that it is for");
    }
    format!("unknown option `{word}`; a state takes `crate = path`")
}

fn unknown_reducer(word: &str) -> String {
    if OPTIONS.contains(&word) {
        return format!("`{word}` is no reducer; write `#[state({word})]`");
    }
    match spelling::closest(word, REDUCERS) {
        Some(near) => format!("unknown reducer `{word}`; did you mean `{near}`?"),
        None => {
            format!("unknown reducer `{word}`; use one of {}, or your own function as `with = path`", list(&REDUCERS))
        }
    }
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
