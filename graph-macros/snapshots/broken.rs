#[allow(unexpected_cfgs)]
const _: () = {
    #[cfg(rust_analyzer)]
    macro_rules! verbatim {
        ($($tokens:tt)*) => {
            $($tokens)*
        };
    }
    #[cfg(rust_analyzer)]
    fn graph() {
        first;
        second;
        first;
        let state = loop {};
        verbatim! {
            match route(state) { Answer:: => {} Answer::Go => { second; } }
        }
        second;
    }
};
enum Broken {}
#[automatically_derived]
#[allow(dead_code, deprecated)]
impl Broken
where
    State: ::graph_runtime::GraphState,
{
    /// Chooses where and how the graph runs.
    fn builder() -> ::graph_runtime::Builder<Broken> {
        ::graph_runtime::Builder::new()
    }
    ///The graph in memory: nothing is stored.
    #[allow(clippy::new_ret_no_self, clippy::new_without_default)]
    #[must_use]
    fn new() -> ::graph_runtime::Graph<Broken, ::graph_runtime::InMemory> {
        Broken::builder().build()
    }
    /// The graph as a Mermaid flowchart: Markdown pages show it where it stands in a block of the language `mermaid`.
    ///
    /// A group or a `for` is a frame with a point where its branches begin and one where they meet; a subgraph has a double
    /// border, a pause six sides.
    const MERMAID: &'static str = "flowchart TD\n    start_([\"start\"])\n    end_([\"end\"])\n    n_first[\"first\"]\n    n_second[\"second\"]\n    start_ --> n_first\n    n_first -->|\"Answer::Go\"| n_second\n";
    /// The graph in the language of Graphviz: `dot -Tsvg` draws it, as [`MERMAID`](Self::MERMAID) is drawn.
    const DOT: &'static str = "digraph \"Broken\" {\n    newrank=true;\n    node [shape=box, style=rounded];\n    start_ [label=\"start\", shape=oval];\n    end_ [label=\"end\", shape=oval];\n    n_first [label=\"first\"];\n    n_second [label=\"second\"];\n    start_ -> n_first;\n    n_first -> n_second [label=\"Answer::Go\"];\n}\n";
    /// The graph as tables: nodes, regions and edges.
    #[must_use]
    fn topology() -> &'static ::graph_runtime::Topology {
        use ::graph_runtime::topology as tables;
        const TOPOLOGY: &tables::Topology = &tables::Topology::new(
            "Broken",
            &[
                tables::Node::new(
                    "first",
                    tables::Kind::Function,
                    ::core::option::Option::None,
                    &[],
                ),
                tables::Node::new(
                    "second",
                    tables::Kind::Function,
                    ::core::option::Option::None,
                    &[],
                ),
            ],
            &[],
            &[
                tables::Edge::new(
                    tables::Point::Start,
                    tables::Point::Node(0usize),
                    ::core::option::Option::None,
                ),
                tables::Edge::new(
                    tables::Point::Node(0usize),
                    tables::Point::Node(1usize),
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::Some("route"),
                        pattern: "Answer::Go",
                    }),
                ),
            ],
        );
        TOPOLOGY
    }
    /// What stored threads hold of the graph: fields, types and nodes, by name.
    #[must_use]
    #[inline]
    fn schema() -> ::graph_runtime::schema::Schema {
        ::graph_runtime::schema::Schema::of::<Broken>()
    }
}
///The nodes of [`Broken`].
#[allow(dead_code, non_camel_case_types)]
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::hash::Hash,
)]
enum BrokenNode {
    ///The node `first`.
    First,
    ///The node `second`.
    Second,
}
///The replies that the pauses of [`Broken`] wait for: it has none.
#[allow(
    dead_code,
    deprecated,
    non_camel_case_types,
    private_interfaces,
    clippy::allow_attributes
)]
enum BrokenReply {}
#[doc(hidden)]
#[allow(deprecated)]
const _: () = {
    macro_rules! __choose {
        ($($tokens:tt)*) => {
            match $($tokens)*
        };
    }
    #[automatically_derived]
    impl ::graph_runtime::NodeName for BrokenNode {
        const ALL: &'static [Self] = &[BrokenNode::First, BrokenNode::Second];
        fn name(self) -> &'static str {
            match self {
                BrokenNode::First => "first",
                BrokenNode::Second => "second",
            }
        }
        #[inline]
        fn index(self) -> usize {
            match self {
                BrokenNode::First => 0usize,
                BrokenNode::Second => 1usize,
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for BrokenReply {
        fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match *self {}
        }
    }
    #[automatically_derived]
    #[allow(unused_variables)]
    impl ::graph_runtime::Replies for BrokenReply {
        fn path(&self, path: &mut ::std::vec::Vec<&'static str>) {
            match *self {}
        }
        fn encode(
            &self,
            fields: &mut ::graph_runtime::__private::FieldWriter<'_>,
        ) -> ::core::result::Result<(), ::graph_runtime::__private::FieldError> {
            match *self {}
        }
        fn decode(
            pause: &str,
            fields: &mut ::graph_runtime::__private::FieldReader<'_>,
        ) -> ::core::result::Result<Self, ::graph_runtime::__private::FieldError> {
            match pause {
                _ => {
                    ::core::result::Result::Err(
                        ::graph_runtime::__private::no_pause(pause),
                    )
                }
            }
        }
    }
    #[allow(dead_code)]
    enum __Tasks {}
    #[automatically_derived]
    #[allow(
        dead_code,
        non_snake_case,
        unused_braces,
        clippy::blocks_in_conditions,
        clippy::manual_async_fn
    )]
    impl __Tasks
    where
        State: ::graph_runtime::GraphState,
    {}
    #[automatically_derived]
    impl ::graph_runtime::Definition for Broken
    where
        State: ::graph_runtime::GraphState,
    {
        type State = State;
        type Context = ();
        type Node = BrokenNode;
        type Items = ::graph_runtime::__private::NoItems;
        type Reply = BrokenReply;
        const NAME: &'static str = "Broken";
        #[inline]
        #[allow(
            unused_braces,
            unused_imports,
            unused_variables,
            clippy::blocks_in_conditions
        )]
        fn entry(
            state: &<Broken as ::graph_runtime::Definition>::State,
        ) -> ::graph_runtime::__private::Next<BrokenNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            ::graph_runtime::__private::Next::Node(BrokenNode::First)
        }
        #[inline]
        #[allow(unused_variables)]
        fn now(
            node: BrokenNode,
            state: &mut <Broken as ::graph_runtime::Definition>::State,
            cx: &::graph_runtime::Ctx<<Broken as ::graph_runtime::Definition>::Context>,
            draft: &mut ::graph_runtime::__private::Draft<
                <Broken as ::graph_runtime::Definition>::State,
            >,
        ) -> ::core::option::Option<
            ::core::result::Result<
                ::graph_runtime::__private::Next<BrokenNode>,
                ::graph_runtime::BoxError,
            >,
        > {
            match node {
                BrokenNode::First => {
                    ::core::option::Option::Some(
                        ::core::result::Result::Ok(::graph_runtime::__private::Next::End),
                    )
                }
                BrokenNode::Second => {
                    ::core::option::Option::Some(
                        ::core::result::Result::Ok(::graph_runtime::__private::Next::End),
                    )
                }
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn task<'a>(
            node: BrokenNode,
            state: &'a <Broken as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'a, Self>,
            cx: &'a ::graph_runtime::Ctx<
                <Broken as ::graph_runtime::Definition>::Context,
            >,
            patch: &'a mut ::graph_runtime::__private::Patch<Self>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::graph_runtime::__private::Noted<Self>,
                ::graph_runtime::BoxError,
            >,
        > + ::core::marker::Send + 'a {
            async move {
                match node {
                    _ => ::graph_runtime::__private::no_function(),
                }
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn step<'a>(
            node: BrokenNode,
            state: &'a mut <Broken as ::graph_runtime::Definition>::State,
            cx: &'a ::graph_runtime::Ctx<
                <Broken as ::graph_runtime::Definition>::Context,
            >,
            draft: &'a mut ::graph_runtime::__private::Draft<
                <Broken as ::graph_runtime::Definition>::State,
            >,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::graph_runtime::__private::Next<BrokenNode>,
                ::graph_runtime::BoxError,
            >,
        > + ::core::marker::Send + 'a {
            async move {
                match node {
                    BrokenNode::First => {
                        ::core::result::Result::Ok(::graph_runtime::__private::Next::End)
                    }
                    BrokenNode::Second => {
                        ::core::result::Result::Ok(::graph_runtime::__private::Next::End)
                    }
                }
            }
        }
        #[inline]
        #[allow(
            unused_braces,
            unused_imports,
            unused_variables,
            clippy::blocks_in_conditions
        )]
        fn route(
            node: BrokenNode,
            state: &<Broken as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::graph_runtime::__private::Next<BrokenNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            match node {
                BrokenNode::First => ::graph_runtime::__private::Next::End,
                BrokenNode::Second => ::graph_runtime::__private::Next::End,
            }
        }
        type Pausing = ::graph_runtime::__private::Unpaused;
        type Child = ::graph_runtime::__private::NoChild;
        type Memory = ();
    }
};
::core::compile_error! {
    "expected `=>` and what comes next after this pattern"
}
::core::compile_error! {
    "nothing follows this `->`; name a node, `end` or a `match`"
}
::core::compile_error! {
    "nothing follows this `->`; name a node, `end` or a `match`"
}
