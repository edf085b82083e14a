//! What the derive emits.

use super::model::{Codec, Field, State};
use super::{column, patch, refused, setters};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// ```text
/// pub struct JobUpdate<__W = <Job as GraphState>::Patch>(__W);
///
/// const _: () = {
///     // the patch, the statics of the fields
///     impl GraphState for Job { … }
///     impl Job { pub fn update() -> JobUpdate<()> { … } }
///     impl<W> JobUpdate<W> { … }
/// };
/// ```
///
/// The type parameter has a name that no state has, since the parameter's default names the state.
pub(super) fn expand(state: &State<'_>) -> TokenStream {
    let State { krate, name: job, visibility, .. } = state;
    let update = format_ident!("{job}Update");
    if !state.possible {
        return refused::expand(state, &update);
    }
    let doc =
        format!("A partial write to [`{job}`], begun by [`{job}::update`]; its type holds which fields it writes.");
    let patch = patch::expand(state);
    let columns = state.fields.iter().map(|field| column::expand(state, field));
    let graph_state = graph_state(state);
    let builder = builder(state, &update);
    let setters = setters::expand(state, &update);
    quote! {
        #[doc = #doc]
        #[must_use = "an update changes nothing until a node returns it or a thread takes it"]
        #[allow(dead_code)]
        #visibility struct #update<__W = <#job as #krate::GraphState>::Patch>(__W);

        #[doc(hidden)]
        #[allow(
            clippy::struct_field_names,
            clippy::type_complexity,
            dead_code,
            deprecated,
            missing_debug_implementations,
            missing_docs,
            non_camel_case_types,
            non_snake_case,
            non_upper_case_globals,
            private_interfaces,
            unreachable_pub,
            unused_imports,
        )]
        const _: () = {
            use #krate::__private::Whole as _;

            #patch
            #(#columns)*
            #graph_state
            #builder
            #setters
        };
    }
}

/// `impl GraphState for Job`.
fn graph_state(state: &State<'_>) -> TokenStream {
    let State { krate, name: job, fields, .. } = state;
    let patch = patch::name(state);
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let columns: Vec<_> = fields.iter().map(column::name).collect();
    let count = fields.len();
    let metadata = fields.iter().map(|field| metadata(state, field));
    let expired = fields.iter().filter(|field| field.ephemeral).map(|field| {
        let (ident, column) = (field.ident, column::name(field));
        quote!(self.#ident = #column.initial();)
    });
    let applied = fields.iter().map(|field| {
        let marker = patch::marker(field);
        quote!(<#marker as #krate::__private::FieldOf<#job, _>>::apply(patch, self);)
    });
    let result = quote!(::core::result::Result);
    let error = quote!(#krate::__private::FieldError);
    let changes = changes(state);
    quote! {
        #[automatically_derived]
        impl #krate::GraphState for #job {
            type Patch = #patch;

            const FIELDS: &'static [#krate::Field] = &[#(#metadata),*];

            fn initial() -> Self {
                #job { #(#idents: #columns.initial(),)* }
            }

            fn expire(&mut self) {
                #(#expired)*
            }

            fn apply(&mut self, patch: &mut #patch) {
                #(#applied)*
            }

            #[inline]
            fn describe() -> ::std::vec::Vec<#krate::schema::Field> {
                let fields: [::core::option::Option<#krate::schema::Field>; #count] =
                    [#(#columns.describe(Self::FIELDS)),*];
                ::core::iter::Iterator::collect(::core::iter::Iterator::flatten(::core::iter::IntoIterator::into_iter(
                    fields,
                )))
            }

            fn encode(&self, fields: &mut #krate::__private::FieldWriter<'_>) -> #result<(), #error> {
                #(#columns.put(fields, &self.#idents)?;)*
                #result::Ok(())
            }

            fn decode(fields: &mut #krate::__private::FieldReader<'_>) -> #result<Self, #error> {
                #result::Ok(#job { #(#idents: #columns.take(fields)?,)* })
            }

            fn encode_patch(
                patch: &#patch,
                fields: &mut #krate::__private::FieldWriter<'_>,
            ) -> #result<(), #error> {
                #(#columns.put_writes(fields, &patch.#idents)?;)*
                #result::Ok(())
            }

            fn decode_patch(fields: &mut #krate::__private::FieldReader<'_>) -> #result<#patch, #error> {
                #result::Ok(#patch { #(#idents: #columns.take_writes(fields)?,)* })
            }

            #changes
        }
    }
}

/// ```text
/// fn note(&mut self, patch: &mut __JobPatch, changes: &mut Delta) {
///     if Slot::holds(&patch.step) { changes.replace(0); }
///     __notes.fold((1, changes), (&mut patch.notes, &mut self.notes), <__fields::notes>::reduce, <__fields::notes>::remove);
/// }
/// fn encode_changes(&self, changes: &Delta, fields: &mut FieldWriter<'_>) -> Result<(), FieldError> {
///     __step.put_changes(0, changes, fields, &self.step)?;
///     __hint.put(fields, &self.hint)?;
///     Ok(())
/// }
/// ```
///
/// What lives for one step changes without an update, too.
fn changes(state: &State<'_>) -> TokenStream {
    let State { krate, fields, .. } = state;
    let patch = patch::name(state);
    let (result, error) = (quote!(::core::result::Result), quote!(#krate::__private::FieldError));
    let stored = || fields.iter().enumerate().filter(|(_, field)| field.codec != Codec::Skip);
    let noted = stored().filter(|(_, field)| !field.ephemeral).map(|(index, field)| {
        let ident = field.ident;
        if field.telling().is_none() {
            return quote!(if #krate::__private::Slot::holds(&patch.#ident) { changes.replace(#index); });
        }
        let (column, marker) = (column::name(field), patch::marker(field));
        quote! {
            #column.fold(
                (#index, changes),
                (&mut patch.#ident, &mut self.#ident),
                <#marker>::reduce,
                <#marker>::remove,
            );
        }
    });
    let written = stored().map(|(index, field)| {
        let (ident, column) = (field.ident, column::name(field));
        if field.ephemeral {
            quote!(#column.put(fields, &self.#ident)?;)
        } else {
            quote!(#column.put_changes(#index, changes, fields, &self.#ident)?;)
        }
    });
    quote! {
        #[allow(unused_variables)]
        fn note(&mut self, patch: &mut #patch, changes: &mut #krate::__private::Delta) {
            #(#noted)*
        }

        #[allow(unused_variables)]
        fn encode_changes(
            &self,
            changes: &#krate::__private::Delta,
            fields: &mut #krate::__private::FieldWriter<'_>,
        ) -> #result<(), #error> {
            #(#written)*
            #result::Ok(())
        }
    }
}

/// `{ let mut field = Field::new("notes"); field.reducer = Some("append"); field }`
fn metadata(state: &State<'_>, field: &Field<'_>) -> TokenStream {
    let krate = &state.krate;
    let name = &field.name;
    let reducer = field.reducer.as_ref().map(|(word, _)| {
        let word = word.to_string();
        quote!(field.reducer = ::core::option::Option::Some(#word);)
    });
    let skipped = (field.codec == Codec::Skip).then(|| quote!(field.stored = false;));
    let secret = field.secret.then(|| quote!(field.secret = true;));
    let ephemeral = field.ephemeral.then(|| quote!(field.ephemeral = true;));
    let new = quote!(#krate::Field::new(#name));
    if reducer.is_none() && skipped.is_none() && secret.is_none() && ephemeral.is_none() {
        return new;
    }
    quote!({ let mut field = #new; #reducer #skipped #secret #ephemeral field })
}

/// `Job::update`, and what every update can do.
fn builder(state: &State<'_>, update: &Ident) -> TokenStream {
    let State { krate, name: job, visibility, .. } = state;
    quote! {
        #[automatically_derived]
        impl #job {
            /// Begins an update, which writes nothing until its setters are called.
            #visibility const fn update() -> #update<()> {
                #update(())
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl<__W: #krate::Update<#job>> #krate::Update<#job> for #update<__W> {
            const WRITES: #krate::__private::Writes = <__W as #krate::Update<#job>>::WRITES;

            fn write(self, patch: &mut <#job as #krate::GraphState>::Patch) {
                <__W as #krate::Update<#job>>::write(self.0, patch);
            }

            fn apply(patch: &mut <#job as #krate::GraphState>::Patch, state: &mut #job) {
                <__W as #krate::Update<#job>>::apply(patch, state);
            }
        }

        #[automatically_derived]
        impl<__W: #krate::Update<#job>> #update<__W> {
            /// Forgets which fields the update writes: all such updates have one type, which counts as writing every field.
            #visibility fn erase(self) -> #update {
                let mut patch = <<#job as #krate::GraphState>::Patch as ::core::default::Default>::default();
                <__W as #krate::Update<#job>>::write(self.0, &mut patch);
                #update(patch)
            }
        }

        #[automatically_derived]
        impl<__W> ::core::fmt::Debug for #update<__W> {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                // The values may be secret.
                ::core::fmt::DebugStruct::finish_non_exhaustive(&mut ::core::fmt::Formatter::debug_struct(
                    formatter,
                    ::core::stringify!(#update),
                ))
            }
        }
    }
}
