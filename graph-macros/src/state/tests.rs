//! The derive on good, wrong and broken input.

use super::shape::{self, Shape};
use super::{derive, parse, patch, setters};
use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parser;
use syn::{DeriveInput, Type, parse_quote};

/// The messages of a derive, in their order.
fn mistakes(input: TokenStream) -> Vec<String> {
    messages(derive(&syn::parse2::<DeriveInput>(input).expect("a struct")))
}

fn messages(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut said = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => said = ident == "compile_error",
            TokenTree::Group(group) if said => {
                found.extend(syn::parse2::<syn::LitStr>(group.stream()).map(|text| text.value()));
            }
            _ => {}
        }
    }
    found
}

/// The setters of a field with these attributes.
fn names(field: &TokenStream) -> Vec<String> {
    let input: DeriveInput = syn::parse2(quote!(struct Job { #field })).expect("a struct");
    let state = super::model::state(&input, &mut Errors::new());
    state.fields.iter().flat_map(setters::names).collect()
}

#[test]
fn an_option_that_is_no_word_is_one_mistake() {
    for field in [quote!(#[reduce("append")]), quote!(#[reduce(3)]), quote!(#[state("skip")])] {
        let found = mistakes(quote!(struct Job { #field notes: Vec<String> }));
        assert!(matches!(&found[..], [only] if only.starts_with("an option begins with a plain word")), "{found:?}");
    }
}

#[test]
fn every_attribute_is_understood() {
    let input = quote! {
        #[state(crate = some::path)]
        pub(crate) struct Job {
            step: u32,
            r#type: String,
            #[reduce(append)] notes: Vec<String>,
            #[reduce(merge)] map: HashMap<String, u32>,
            #[reduce(add)] sum: u32,
            #[reduce(max)] high: f64,
            #[reduce(min)] #[state(default = f64::MAX)] low: f64,
            #[reduce(and)] all: bool,
            #[reduce(or)] any: bool,
            #[reduce(with = module::keep::<u32>)] best: Draft,
            #[reduce(upsert(by = id))] list: Vec<Item>,
            #[reduce(upsert(by = id, key = Option<u8>,))] keyed: Vec<Item>,
            #[state(default = HashMap::<u8, Vec<u8>>::from([(1, vec![])]), into, json, ephemeral, secret)] all_at_once: Value,
            #[state(default, skip)] cache: Cache,
            #[state(renamed_from = "old", renamed_from("older", "oldest"))] new: u8,
            #[state(migrate(from = Map<u8, Vec<u8>>, with = module::from::<u8>,))] wide: u64,
            #[reduce(merge)] #[state(json, migrate(with = f, from = Old), migrate(from = Older, with = g))] both: HashMap<u8, u8>,
        }
    };
    assert_eq!(mistakes(input), [""; 0]);
}

#[test]
fn reducers_decide_the_setters() {
    assert_eq!(names(&quote!(step: u32)), ["step", "maybe_step"]);
    assert_eq!(names(&quote!(#[reduce(add)] sum: u32)), ["sum", "maybe_sum", "overwrite_sum"]);
    let removing = ["r", "maybe_r", "overwrite_r", "remove_r"];
    assert_eq!(names(&quote!(#[reduce(merge)] r#r: HashSet<u8>)), removing);
    assert_eq!(names(&quote!(#[reduce(upsert(by = id, key = u8))] r: Vec<Item>)), removing);
    assert_eq!(names(&quote!(#[reduce(upsert(by = id))] r: Vec<Item>)), removing[..3]);
}

#[test]
fn each_mistake_is_reported_and_the_rest_is_read() {
    let input = quote! {
        struct Job {
            #[state(skp, jsn, default = 3)] a: u8,
            #[reduce(append, merge)] b: Vec<u8>,
            #[reduce(merge)] c: u8,
            #[state(crate = x)] d: u8,
            #[state(secret, secret)] e: u8,
            #[reduce(skip)] f: u8,
            #[reduce(upsert(by = id, kee = u8))] g: Vec<u8>,
            #[reduce(append)] #[state(into)] h: Vec<u8>,
            overwrite_h: u8,
        }
    };
    assert_eq!(
        mistakes(input),
        [
            "unknown option `skp`; did you mean `skip`?",
            "unknown option `jsn`; did you mean `json`?",
            "the field has the reducer `append` already; remove one",
            "`#[reduce(merge)]` works on `BTreeMap`, `HashMap`, `BTreeSet` and `HashSet`; \
             `#[reduce(with = path)]` takes a function of your own",
            "`crate = path` belongs to the struct; put `#[state(crate = path)]` above it",
            "`secret` stands here twice; remove one",
            "`skip` is no reducer; write `#[state(skip)]`",
            "unknown option `kee` of `upsert`, which takes `by = field` and `key = Type`; did you mean `key`?",
            "the setters of `append` take any iterator of items; remove `into`",
            "the setter `overwrite_h` of `overwrite_h` is also one of `h`; rename one of the fields",
        ]
    );
}

#[test]
fn old_names_that_tell_nothing_are_refused() {
    let found = mistakes(quote! {
        struct Job {
            #[state(renamed_from = "x")] a: u8,
            #[state(renamed_from("x", "a", "b"), renamed_from = "y")] b: u8,
            #[state(renamed_from("z", "z", ""))] c: u8,
            #[state(skip, renamed_from = "w")] d: u8,
            #[state(renamed_from = "v", renamed_from("u",))] e: u8,
        }
    });
    assert_eq!(
        found,
        [
            "a `skip` field is never stored, so it has no old name; remove one",
            "`a` was called `x`, too; remove one of the two",
            "the state has a field `a`; a name is stored once, so remove this, or give the other one a new name",
            "`b` has that name now; write the one that it had before",
            "`z` stands here twice; remove one",
            "no field was ever called ``; write the name that it had",
        ]
    );
}

#[test]
fn old_types_that_tell_nothing_are_refused() {
    let found = mistakes(quote! {
        struct Job {
            #[state(skip, migrate(from = u8, with = f))] a: u64,
            #[state(migrate(from = u8, with = f), migrate(from = u8, with = g))] b: u64,
            #[state(migrate(from = u8))] c: u64,
            #[state(migrate(with = f))] d: u64,
            #[state(migrate(from = u8, from = u16, with = f))] e: u64,
            #[state(migrate(form = u8, with = f))] f: u64,
            #[state(migrate)] g: u64,
            #[state(migrate(from = u8, with = |a, b| c))] h: u64,
        }
    });
    assert_eq!(
        found,
        [
            "a `skip` field is never stored, so it has no old type; remove `migrate`, or this",
            "the field migrates from `u8` already; remove one",
            "`migrate` names no function; write `migrate(from = Old, with = path)`",
            "`migrate` names no old type; write `migrate(from = Old, with = path)`",
            "`from` stands here twice; remove one",
            "unknown option `form` of `migrate`, which takes `from = Old` and `with = path`",
            "`migrate` names no type and no function; write `migrate(from = Old, with = path)`",
            "`with` takes the path of a function, not a closure; write an `fn(Old) -> New` and name it",
        ]
    );
}

#[test]
fn broken_attributes_are_errors_and_no_panics() {
    let broken = [
        quote!(#[state]),
        quote!(#[state = "skip"]),
        quote!(#[state(,)]),
        quote!(#[state(@)]),
        quote!(#[state("skip")]),
        quote!(#[state(skip json)]),
        quote!(#[state(default =)]),
        quote!(#[state(default = , skip)]),
        quote!(#[state(into(u8))]),
        quote!(#[state(renamed_from)]),
        quote!(#[state(renamed_from())]),
        quote!(#[state(renamed_from =)]),
        quote!(#[state(renamed_from = old)]),
        quote!(#[state(renamed_from("old" "older"))]),
        quote!(#[state(migrate())]),
        quote!(#[state(migrate = old)]),
        quote!(#[state(migrate(from))]),
        quote!(#[state(migrate(from = , with = f))]),
        quote!(#[state(migrate(from = u8 with = f))]),
        quote!(#[state(migrate("old"))]),
        quote!(#[reduce]),
        quote!(#[reduce()]),
        quote!(#[reduce(with)]),
        quote!(#[reduce(with = )]),
        quote!(#[reduce(with = |a, b| ())]),
        quote!(#[reduce(upsert())]),
        quote!(#[reduce(upsert(by))]),
        quote!(#[reduce(upsert(by = ))]),
        quote!(#[reduce(upsert(by = id key = u8))]),
        quote!(#[reduce(upsert(by = 3))]),
    ];
    for attribute in broken {
        let found = mistakes(quote!(struct Job { #attribute field: Vec<u8>, other: u8 }));
        assert_eq!(found.len(), 1, "{attribute}: {found:?}");
    }
}

#[test]
fn shapes_that_are_no_state_are_one_error() {
    let wrong = [
        quote!(
            struct Job;
        ),
        quote!(
            struct Job(u8);
        ),
        quote!(
            enum Job {
                One,
            }
        ),
        quote!(union Job { a: u8 }),
        quote!(
            struct Job<T> {
                a: T,
            }
        ),
        quote!(
            struct Job<'a> {
                a: &'a str,
            }
        ),
        quote!(
            struct Job<const N: usize> {
                a: [u8; N],
            }
        ),
        quote!(
            struct Job {
                a: Rc<u8>,
            }
        ),
        quote!(
            struct Job {
                a: Vec<Option<RefCell<u8>>>,
            }
        ),
        quote!(
            struct Job {
                a: &'static str,
            }
        ),
        quote!(
            #[reduce(append)]
            struct Job {
                a: u8,
            }
        ),
        quote!(
            #[state(skip)]
            struct Job {
                a: u8,
            }
        ),
        quote!(
            #[state(renamed_from = "Old")]
            struct Job {
                a: u8,
            }
        ),
    ];
    for input in wrong {
        let found = mistakes(input.clone());
        assert_eq!(found.len(), 1, "{input}: {found:?}");
    }
}

#[test]
fn a_wrong_field_leaves_a_state_with_lenient_setters() {
    let input: DeriveInput = parse_quote!(
        struct Job {
            #[reduce(apend)]
            notes: Vec<String>,
        }
    );
    let expanded = derive(&input).to_string();
    for part in
        ["impl :: graph_runtime :: GraphState for Job", "fn remove_notes (self , _ : impl :: core :: marker :: Sized)"]
    {
        assert!(expanded.contains(part), "{part} is not in {expanded}");
    }
}

#[test]
fn an_expression_ends_at_its_own_comma() {
    let expressions = |text: &str| {
        let split = |input: syn::parse::ParseStream<'_>| {
            let mut found = Vec::new();
            while !input.is_empty() {
                found.push(parse::expression(input).to_string().replace(' ', ""));
                if !input.is_empty() {
                    input.parse::<syn::Token![,]>()?;
                }
            }
            Ok(found)
        };
        split.parse_str(text).expect("tokens")
    };
    assert_eq!(expressions("a(1, 2), b"), ["a(1,2)", "b"]);
    assert_eq!(expressions("Map::<u8, u8>::new(), b"), ["Map::<u8,u8>::new()", "b"]);
    assert_eq!(expressions("Map::<u8, Vec<u8>>::new(), b"), ["Map::<u8,Vec<u8>>::new()", "b"]);
    assert_eq!(expressions("<Map<u8, u8> as Default>::default(), b"), ["<Map<u8,u8>asDefault>::default()", "b"]);
    assert_eq!(expressions("f::<fn(u8) -> u8, u8>(), b"), ["f::<fn(u8)->u8,u8>()", "b"]);
    assert_eq!(expressions("1 < 2, b"), ["1<2", "b"]);
    assert_eq!(expressions("1 > 2, b"), ["1>2", "b"]);
    assert_eq!(expressions("a::B as u8 <= 2, b"), ["a::Basu8<=2", "b"]);
}

#[test]
fn shapes_follow_the_last_segment() {
    let is = |ty: Type, found: fn(&Shape<'_>) -> bool| assert!(found(&shape::shape(&ty)));
    is(parse_quote!(std::vec::Vec<u8>), |shape| matches!(shape, Shape::List(_)));
    is(parse_quote!(VecDeque<u8>), |shape| matches!(shape, Shape::List(_)));
    is(parse_quote!(std::string::String), |shape| matches!(shape, Shape::Text));
    is(parse_quote!(HashMap<u8, u8, State>), |shape| matches!(shape, Shape::Map(..)));
    is(parse_quote!(BTreeSet<u8>), |shape| matches!(shape, Shape::Set(_)));
    is(parse_quote!(f64), |shape| matches!(shape, Shape::Other));
    is(parse_quote!(Option<Vec<u8>>), |shape| matches!(shape, Shape::Other));
    is(parse_quote!((u8, u8)), |shape| matches!(shape, Shape::Other));
    is(parse_quote!(Notes), |shape| matches!(shape, Shape::Unknown));
    is(parse_quote!(FxHashMap<u8, u8>), |shape| matches!(shape, Shape::Unknown));
}

#[test]
fn conversions_follow_the_spelling() {
    for ty in ["String", "std::path::PathBuf", "Box<str>", "std::sync::Arc<str>"] {
        assert!(shape::takes_into(&syn::parse_str(ty).expect("a type")), "{ty}");
    }
    for ty in ["u8", "Vec<String>", "Arc<String>", "Box<Str>", "Option<String>", "&str"] {
        assert!(!shape::takes_into(&syn::parse_str(ty).expect("a type")), "{ty}");
    }
}

#[test]
fn markers_are_as_visible_as_the_struct() {
    let deeper = |text: &str| {
        let visibility = syn::parse_str(text).expect("a visibility");
        let visibility = patch::deeper(&visibility);
        quote!(#visibility).to_string().replace(' ', "")
    };
    assert_eq!(deeper(""), "pub(super)");
    assert_eq!(deeper("pub"), "pub");
    assert_eq!(deeper("pub(crate)"), "pub(crate)");
    assert_eq!(deeper("pub(super)"), "pub(insuper::super)");
    assert_eq!(deeper("pub(self)"), "pub(insuper)");
    assert_eq!(deeper("pub(in crate::a::b)"), "pub(incrate::a::b)");
    assert_eq!(deeper("pub(in super::super)"), "pub(insuper::super::super)");
}
