//! `graph! { … }`: parse, resolve, check, expand. Each stage sees what the ones before it understood.

mod ast;
mod check;
mod expand;
mod model;
mod parse;
mod picture;
mod policy;
mod resolve;
mod support;
#[cfg(test)]
mod tests;
mod variant;

use crate::errors::Errors;
use proc_macro2::TokenStream;

/// Expands one `graph!`. What could be understood is always emitted, whatever the errors are.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let (editor, graph) = stages(tokens, &mut errors);
    let errors = errors.finish();
    // Editors map the caret by its offset, so errors, which come and go, stand last.
    quote::quote! { #editor #graph #errors }
}

/// The editor's block and the graph.
fn stages(tokens: TokenStream, errors: &mut Errors) -> (TokenStream, TokenStream) {
    let ast = parse::parse(tokens, errors);
    support::refuse(&ast, errors);
    let header = expand::Header::read(&ast.header, errors);
    let editor = expand::editor::block(&ast);

    // A mistake in one stage makes the next ones report its consequences, so they stay silent.
    let mut unresolved = Errors::new();
    let broken = ast.declarations_broken;
    let graph = resolve::resolve(ast, &mut unresolved);
    if !broken {
        errors.append(unresolved);
    }
    let Some(header) = header else {
        return (editor, TokenStream::new());
    };
    if errors.is_empty() {
        check::former(&header.name, header.former(), errors);
        check::check(&header.name, &graph, errors);
    }
    (editor, expand::expand(&header, &graph, errors.is_empty()))
}
