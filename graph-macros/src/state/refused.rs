//! What the derive emits for a type that cannot be a state.

use super::model::State;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

/// The impls of a type that cannot be a state: they keep the rest of the program free of errors that only repeat the
/// one that is reported.
pub(super) fn expand(state: &State<'_>, update: &Ident) -> TokenStream {
    let State { krate, name: job, visibility, generics, .. } = state;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let predicates = where_clause.map(|clause| clause.predicates.to_token_stream());
    let result = quote!(::core::result::Result);
    let error = quote!(#krate::__private::FieldError);
    quote! {
        #[allow(missing_docs, dead_code)]
        #visibility struct #update<__W = ()>(__W);

        #[doc(hidden)]
        #[allow(missing_docs, dead_code)]
        const _: () = {
            impl #impl_generics #job #ty_generics #where_clause {
                #visibility fn update() -> #update<()> {
                    #update(())
                }
            }

            impl #impl_generics #krate::GraphState for #job #ty_generics
            where
                // `for<'__a>` keeps rustc from checking the bound here, where it may be false.
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                #predicates
            {
                type Patch = ();
                const FIELDS: &'static [#krate::Field] = &[];
                fn initial() -> Self { loop {} }
                fn expire(&mut self) {}
                fn apply(&mut self, (): &mut ()) {}
                fn encode(&self, _: &mut #krate::__private::FieldWriter<'_>) -> #result<(), #error> { loop {} }
                fn decode(_: &mut #krate::__private::FieldReader<'_>) -> #result<Self, #error> { loop {} }
                fn encode_patch((): &(), _: &mut #krate::__private::FieldWriter<'_>) -> #result<(), #error> { loop {} }
                fn decode_patch(_: &mut #krate::__private::FieldReader<'_>) -> #result<(), #error> { loop {} }
                fn note(&mut self, (): &mut (), _: &mut #krate::__private::Delta) {}
                fn encode_changes(
                    &self,
                    _: &#krate::__private::Delta,
                    _: &mut #krate::__private::FieldWriter<'_>,
                ) -> #result<(), #error> { loop {} }
            }

            impl<__S: #krate::GraphState, __W> #krate::Update<__S> for #update<__W> {
                const WRITES: #krate::__private::Writes = #krate::__private::Writes::All;
                fn write(self, _: &mut __S::Patch) {}
                fn apply(_: &mut __S::Patch, _: &mut __S) {}
            }
        };
    }
}
