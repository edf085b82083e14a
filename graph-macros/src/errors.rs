//! The sink of all errors: an expansion reports every mistake that it finds, not the first one.

use proc_macro2::TokenStream;
use quote::ToTokens;
use std::fmt::Display;

/// Errors in the order in which they were found.
#[must_use = "errors that are not emitted are lost"]
#[derive(Debug, Default)]
pub(crate) struct Errors {
    found: Option<syn::Error>,
}

impl Errors {
    pub(crate) fn new() -> Errors {
        Errors::default()
    }

    /// Reports a mistake at the user's tokens, from the first to the last of them.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Takes an error that a parser returned.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.found {
            None => self.found = Some(error),
            Some(found) => found.combine(error),
        }
    }

    /// Takes all errors of another sink, behind those that are here.
    pub(crate) fn append(&mut self, later: Errors) {
        if let Some(error) = later.found {
            self.push(error);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_none()
    }

    /// What each error says, in the order in which they were found.
    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.found.into_iter().flatten().map(|error| error.to_string()).collect()
    }

    /// One `compile_error!` for each mistake; nothing if there is none.
    pub(crate) fn finish(self) -> TokenStream {
        self.found.as_ref().map_or_else(TokenStream::new, syn::Error::to_compile_error)
    }
}
