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
        let approve = act;
        card;
        let _: Approval;
        let research: Research;
        enter;
        leave;
        payments;
        let _: Payment;
        approve;
        research;
    }
};
#[cfg_attr(
    doc,
    doc = "The graph `Agent`.\n\n<div><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 346 340\" width=\"346\" height=\"340\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph Agent\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M161 28L161 52M161 264L161 288M161 212L161 236M161 188L161 200M161 164L161 188M161 80L161 104\"/><path d=\"M161 52l-4 -8h8zM161 288l-4 -8h8zM161 236l-4 -8h8zM161 200l-4 -8h8zM161 104l-4 -8h8zM52 134m-3 -3a3 3 0 1 1 6 0a3 3 0 1 1 -6 0zm-3 10a6 6 0 0 1 12 0z\" fill=\"currentColor\"/><rect x=\"129\" y=\"0\" width=\"64\" height=\"28\" rx=\"14\"/><rect x=\"73\" y=\"236\" width=\"176\" height=\"28\" rx=\"5\"/><rect x=\"76\" y=\"239\" width=\"170\" height=\"22\" rx=\"3\"/><rect x=\"0\" y=\"52\" width=\"322\" height=\"160\" rx=\"5\" stroke-dasharray=\"4 3\" opacity=\"0.6\"/><path d=\"M32 104h258l8 30l-8 30h-258l-8 -30z\"/><path d=\"M149 80h24\" stroke-width=\"3\"/><path d=\"M149 200h24\" stroke-width=\"3\"/><rect x=\"137\" y=\"288\" width=\"48\" height=\"28\" rx=\"14\"/><g fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\"><text x=\"161\" y=\"18\">start</text><text x=\"161\" y=\"254\">research = Research</text><text x=\"12\" y=\"70\" text-anchor=\"start\" opacity=\"0.7\">for payments</text><text x=\"170\" y=\"122\">approve</text><text x=\"170\" y=\"138\" font-size=\"12\" opacity=\"0.7\">waits for Approval</text><text x=\"170\" y=\"154\" font-size=\"12\" opacity=\"0.7\">3 attempts, refuse after 1d</text><text x=\"161\" y=\"306\">end</text></g></svg></div>"
)]
pub enum Agent {}
#[automatically_derived]
#[allow(dead_code, deprecated)]
impl Agent
where
    State: ::graph_runtime::GraphState,
{
    /// Chooses where and how the graph runs.
    pub fn builder() -> ::graph_runtime::Builder<Agent> {
        ::graph_runtime::Builder::new()
    }
    #[doc(hidden)]
    ///The graph in memory: nothing is stored.
    #[allow(clippy::new_ret_no_self, clippy::new_without_default)]
    #[must_use]
    pub fn new() -> ::graph_runtime::Graph<Agent, ::graph_runtime::InMemory>
    where
        for<'a> Agent: ::graph_runtime::__private::NewInMemory<'a>,
    {
        Agent::builder().unchecked()
    }
    /// The graph as a Mermaid flowchart: Markdown pages show it where it stands in a block of the language `mermaid`.
    ///
    /// A group or a `for` is a frame with a point where its branches begin and one where they meet; a subgraph has a double
    /// border, a pause six sides.
    pub const MERMAID: &'static str = "flowchart TD\n    start_([\"start\"])\n    end_([\"end\"])\n    n_research[[\"research = Research\"]]\n    subgraph r0[\"for payments\"]\n        r0_fork((\" \"))\n        n_approve{{\"approve<br/>waits for Approval<br/>3 attempts, refuse after 1d\"}}\n        r0_join((\" \"))\n    end\n    start_ --> r0_fork\n    n_approve --> r0_join\n    n_research --> end_\n    r0_join --> n_research\n    r0_fork --> n_approve\n";
    /// The graph in the language of Graphviz: `dot -Tsvg` draws it, as [`MERMAID`](Self::MERMAID) is drawn.
    pub const DOT: &'static str = "digraph \"Agent\" {\n    newrank=true;\n    node [shape=box, style=rounded];\n    start_ [label=\"start\", shape=oval];\n    end_ [label=\"end\", shape=oval];\n    n_research [label=\"research = Research\", peripheries=2];\n    subgraph cluster_0 {\n        label=\"for payments\";\n        r0_fork [label=\"\", shape=point];\n        n_approve [label=\"approve\\nwaits for Approval\\n3 attempts, refuse after 1d\", shape=hexagon, style=solid];\n        r0_join [label=\"\", shape=point];\n    }\n    start_ -> r0_fork;\n    n_approve -> r0_join;\n    n_research -> end_;\n    r0_join -> n_research;\n    r0_fork -> n_approve;\n}\n";
    /// The graph as tables: nodes, regions and edges.
    #[must_use]
    pub fn topology() -> &'static ::graph_runtime::Topology {
        use ::graph_runtime::topology as tables;
        const TOPOLOGY: &tables::Topology = &tables::Topology::new(
            "Agent",
            &[
                tables::Node::new(
                    "approve",
                    tables::Kind::Pause {
                        reply: "Approval",
                    },
                    ::core::option::Option::Some(tables::Scope::new(0usize, 0usize)),
                    &["3 attempts", "refuse after 1d"],
                ),
                tables::Node::new(
                    "research",
                    tables::Kind::Subgraph("Research"),
                    ::core::option::Option::None,
                    &[],
                ),
            ],
            &[
                tables::Region::new(
                    "(approve",
                    ::core::option::Option::None,
                    ::core::option::Option::Some("payments"),
                    ::core::option::Option::None,
                    &[tables::Branch::new(::core::option::Option::None)],
                    &[],
                ),
            ],
            &[
                tables::Edge::new(
                    tables::Point::Start,
                    tables::Point::Fork(0usize),
                    ::core::option::Option::None,
                ),
                tables::Edge::new(
                    tables::Point::Node(0usize),
                    tables::Point::Join(0usize),
                    ::core::option::Option::None,
                ),
                tables::Edge::new(
                    tables::Point::Node(1usize),
                    tables::Point::End,
                    ::core::option::Option::None,
                ),
                tables::Edge::new(
                    tables::Point::Join(0usize),
                    tables::Point::Node(1usize),
                    ::core::option::Option::None,
                ),
                tables::Edge::new(
                    tables::Point::Fork(0usize),
                    tables::Point::Node(0usize),
                    ::core::option::Option::None,
                ),
            ],
        );
        TOPOLOGY
    }
    /// What stored threads hold of the graph: fields, types and nodes, by name.
    #[must_use]
    #[inline]
    pub fn schema() -> ::graph_runtime::schema::Schema {
        ::graph_runtime::schema::Schema::of::<Agent>()
    }
}
///The nodes of [`Agent`].
#[allow(dead_code, non_camel_case_types)]
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::hash::Hash,
)]
pub enum AgentNode {
    ///The node `approve`.
    Approve,
    ///The node `research`.
    Research,
}
///The replies that the pauses of [`Agent`] wait for.
#[allow(
    dead_code,
    deprecated,
    non_camel_case_types,
    private_interfaces,
    clippy::allow_attributes
)]
pub enum AgentReply {
    ///The reply to `approve`.
    Approve(
        #[cfg(not(doc))]
        <AgentNode as ::graph_runtime::__private::Waits<0usize>>::Reply,
        #[cfg(doc)]
        Approval,
    ),
    ///A reply to a pause of `research`.
    Research(
        #[cfg(not(doc))]
        <AgentNode as ::graph_runtime::__private::Waits<1usize>>::Reply,
        #[cfg(doc)]
        <Research as ::graph_runtime::Definition>::Reply,
    ),
}
#[doc(hidden)]
#[allow(deprecated)]
const _: () = {
    macro_rules! __choose {
        ($($tokens:tt)*) => {
            match $($tokens)*
        };
    }
    #[automatically_derived]
    impl ::graph_runtime::NodeName for AgentNode {
        const ALL: &'static [Self] = &[AgentNode::Approve, AgentNode::Research];
        fn name(self) -> &'static str {
            match self {
                AgentNode::Approve => "approve",
                AgentNode::Research => "research",
            }
        }
        #[inline]
        fn index(self) -> usize {
            match self {
                AgentNode::Approve => 0usize,
                AgentNode::Research => 1usize,
            }
        }
    }
    type __Asked0 = Approval;
    #[automatically_derived]
    impl ::graph_runtime::__private::Waits<0usize> for AgentNode {
        type Reply = <[(); ::graph_runtime::__private::Owned::<
            __Asked0,
        >::of()] as ::graph_runtime::__private::Proven<__Asked0>>::Graph;
    }
    type __Reply0 = <AgentNode as ::graph_runtime::__private::Waits<0usize>>::Reply;
    #[allow(non_upper_case_globals)]
    static __Replying0: ::graph_runtime::__private::Replying = ::graph_runtime::__private::Replying::to(
        "approve",
    );
    #[automatically_derived]
    impl ::graph_runtime::__private::Waits<1usize> for AgentNode {
        type Reply = <__Graph0 as ::graph_runtime::Definition>::Reply;
    }
    #[allow(dead_code)]
    enum __Replies {}
    #[automatically_derived]
    #[allow(dead_code, non_snake_case)]
    impl __Replies {
        fn approve<'a>(at: ::graph_runtime::__private::At<'a, Agent>) -> &'a __Reply0 {
            at.reply(|reply| match reply {
                AgentReply::Approve(reply) => ::core::option::Option::Some(reply),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            })
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for AgentReply {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match self {
                AgentReply::Approve(_) => {
                    f.debug_tuple("Approve").finish_non_exhaustive()
                }
                AgentReply::Research(reply) => {
                    f.debug_tuple("Research").field(reply).finish()
                }
            }
        }
    }
    #[automatically_derived]
    #[allow(unused_variables)]
    impl ::graph_runtime::Replies for AgentReply {
        fn path(&self, path: &mut ::std::vec::Vec<&'static str>) {
            match self {
                AgentReply::Approve(_) => path.push("approve"),
                AgentReply::Research(reply) => {
                    path.push("research");
                    ::graph_runtime::Replies::path(reply, path);
                }
            }
        }
        #[inline]
        fn describe(
            pause: &str,
        ) -> ::core::option::Option<::graph_runtime::schema::Type> {
            match pause {
                "approve" => {
                    ::core::option::Option::Some(
                        ::graph_runtime::__private::Replying::describe::<__Reply0>(),
                    )
                }
                _ => ::core::option::Option::None,
            }
        }
        fn encode(
            &self,
            fields: &mut ::graph_runtime::__private::FieldWriter<'_>,
        ) -> ::core::result::Result<(), ::graph_runtime::__private::FieldError> {
            match self {
                AgentReply::Approve(reply) => __Replying0.put(fields, reply),
                AgentReply::Research(reply) => {
                    ::graph_runtime::Replies::encode(reply, fields)
                }
            }
        }
        fn decode(
            pause: &str,
            fields: &mut ::graph_runtime::__private::FieldReader<'_>,
        ) -> ::core::result::Result<Self, ::graph_runtime::__private::FieldError> {
            match pause {
                "approve" => __Replying0.take(fields).map(AgentReply::Approve),
                _ => {
                    ::core::result::Result::Err(
                        ::graph_runtime::__private::no_pause(pause),
                    )
                }
            }
        }
    }
    type __Item0 = Payment;
    #[allow(non_upper_case_globals)]
    static __Of0: ::graph_runtime::__private::Listing<__Item0> = ::graph_runtime::__private::Listing::<
        __Item0,
    >::of("payments");
    #[allow(private_interfaces, clippy::allow_attributes)]
    pub enum __Items {
        __Of0(::graph_runtime::__private::Listed<__Item0>),
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl __Items {
        #[inline]
        fn of_0<'a>(at: ::graph_runtime::__private::At<'a, Agent>) -> &'a __Item0 {
            at.pick(|items| match items {
                __Items::__Of0(items) => items.as_slice(),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            })
        }
    }
    #[automatically_derived]
    impl ::graph_runtime::__private::Items for __Items {
        fn count(&self) -> usize {
            match self {
                __Items::__Of0(items) => items.count(),
            }
        }
        #[inline]
        fn describe(
            region: usize,
        ) -> ::core::option::Option<::graph_runtime::schema::Type> {
            match region {
                0usize => ::core::option::Option::Some(__Of0.describe()),
                _ => ::core::option::Option::None,
            }
        }
        fn encode(
            &self,
            fields: &mut ::graph_runtime::__private::FieldWriter<'_>,
        ) -> ::core::result::Result<(), ::graph_runtime::__private::FieldError> {
            match self {
                __Items::__Of0(items) => __Of0.put(fields, items),
            }
        }
        fn decode(
            region: usize,
            fields: &mut ::graph_runtime::__private::FieldReader<'_>,
        ) -> ::core::result::Result<Self, ::graph_runtime::__private::FieldError> {
            match region {
                0usize => __Of0.take(fields).map(__Items::__Of0),
                _ => ::core::result::Result::Err(::graph_runtime::__private::no_items()),
            }
        }
    }
    type __Named0 = Research;
    type __Graph0 = <[(); ::graph_runtime::__private::Inner::<
        __Named0,
    >::of()] as ::graph_runtime::__private::Proven<__Named0>>::Graph;
    #[allow(dead_code)]
    enum __Enters {}
    #[automatically_derived]
    #[allow(
        dead_code,
        non_snake_case,
        unused_braces,
        clippy::blocks_in_conditions,
        clippy::manual_async_fn
    )]
    impl __Enters
    where
        State: ::graph_runtime::GraphState,
    {
        fn research<'a>(
            state: &'a <Agent as ::graph_runtime::Definition>::State,
        ) -> impl ::graph_runtime::Update<
            <__Graph0 as ::graph_runtime::Definition>::State,
        > + use<'a> {
            ::graph_runtime::__private::Enter::<
                <Agent as ::graph_runtime::Definition>::State,
                <__Graph0 as ::graph_runtime::Definition>::State,
                _,
            >::call(&enter, state)
        }
    }
    #[allow(dead_code)]
    enum __Leaves {}
    #[automatically_derived]
    #[allow(
        dead_code,
        non_snake_case,
        unused_braces,
        clippy::blocks_in_conditions,
        clippy::manual_async_fn
    )]
    impl __Leaves
    where
        State: ::graph_runtime::GraphState,
    {
        fn research<'a>(
            state: &'a <Agent as ::graph_runtime::Definition>::State,
            child: &'a <__Graph0 as ::graph_runtime::Definition>::State,
        ) -> impl ::graph_runtime::Update<
            <Agent as ::graph_runtime::Definition>::State,
        > + use<'a> {
            ::graph_runtime::__private::Leave::<
                <Agent as ::graph_runtime::Definition>::State,
                <__Graph0 as ::graph_runtime::Definition>::State,
                _,
            >::call(&leave, state, child)
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
    {
        #[inline]
        fn approve<'a>(
            state: &'a <Agent as ::graph_runtime::Definition>::State,
            item: &'a __Item0,
            reply: &'a __Reply0,
            cx: &'a ::graph_runtime::Ctx<<Agent as ::graph_runtime::Definition>::Context>,
        ) -> impl ::graph_runtime::__private::Work<
            Output = ::core::result::Result<
                impl ::graph_runtime::Update<
                    <Agent as ::graph_runtime::Definition>::State,
                > + use<'a>,
                ::graph_runtime::BoxError,
            >,
        > + ::core::marker::Send + use<'a> {
            ::graph_runtime::__private::Returned::<
                <Agent as ::graph_runtime::Definition>::State,
                _,
            >::settle(
                ::graph_runtime::__private::ItemPauseNode::<
                    <Agent as ::graph_runtime::Definition>::State,
                    __Item0,
                    __Reply0,
                    <Agent as ::graph_runtime::Definition>::Context,
                    _,
                >::call(&act, state, item, reply, cx),
            )
        }
    }
    #[automatically_derived]
    impl ::graph_runtime::Definition for Agent
    where
        State: ::graph_runtime::GraphState,
    {
        type State = State;
        type Context = ();
        type Node = AgentNode;
        type Items = __Items;
        type Reply = AgentReply;
        const NAME: &'static str = "Agent";
        #[inline]
        #[allow(
            unused_braces,
            unused_imports,
            unused_variables,
            clippy::blocks_in_conditions
        )]
        fn entry(
            state: &<Agent as ::graph_runtime::Definition>::State,
        ) -> ::graph_runtime::__private::Next<AgentNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            ::graph_runtime::__private::Next::Region(0usize)
        }
        #[inline]
        #[allow(unused_variables)]
        fn now(
            node: AgentNode,
            state: &mut <Agent as ::graph_runtime::Definition>::State,
            cx: &::graph_runtime::Ctx<<Agent as ::graph_runtime::Definition>::Context>,
            draft: &mut ::graph_runtime::__private::Draft<
                <Agent as ::graph_runtime::Definition>::State,
            >,
        ) -> ::core::option::Option<
            ::core::result::Result<
                ::graph_runtime::__private::Next<AgentNode>,
                ::graph_runtime::BoxError,
            >,
        > {
            match node {
                _ => ::core::option::Option::None,
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn task<'a>(
            node: AgentNode,
            state: &'a <Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'a, Self>,
            cx: &'a ::graph_runtime::Ctx<
                <Agent as ::graph_runtime::Definition>::Context,
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
                    AgentNode::Approve => {
                        ::core::result::Result::Ok(
                            ::graph_runtime::__private::Noted::update(
                                __Tasks::approve(
                                        state,
                                        __Items::of_0(at),
                                        __Replies::approve(at),
                                        cx,
                                    )
                                    .await?,
                                patch,
                            ),
                        )
                    }
                    _ => ::graph_runtime::__private::no_function(),
                }
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn step<'a>(
            node: AgentNode,
            state: &'a mut <Agent as ::graph_runtime::Definition>::State,
            cx: &'a ::graph_runtime::Ctx<
                <Agent as ::graph_runtime::Definition>::Context,
            >,
            draft: &'a mut ::graph_runtime::__private::Draft<
                <Agent as ::graph_runtime::Definition>::State,
            >,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::graph_runtime::__private::Next<AgentNode>,
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
        #[allow(
            unused_braces,
            unused_imports,
            unused_variables,
            clippy::blocks_in_conditions
        )]
        fn route(
            node: AgentNode,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::graph_runtime::__private::Next<AgentNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            match node {
                AgentNode::Approve => ::graph_runtime::__private::Next::Join,
                AgentNode::Research => ::graph_runtime::__private::Next::End,
            }
        }
        const REGIONS: &'static [::graph_runtime::__private::Region] = &[
            ::graph_runtime::__private::Region {
                name: "(approve",
                scope: ::core::option::Option::None,
                form: ::graph_runtime::__private::Form::Each {
                    concurrency: ::core::option::Option::None,
                },
            },
        ];
        const SCOPES: &'static [::core::option::Option<
            ::graph_runtime::__private::Scope,
        >] = &[
            ::core::option::Option::Some(::graph_runtime::__private::Scope {
                region: 0usize,
                branch: 0u32,
            }),
            ::core::option::Option::None,
        ];
        #[allow(unused_variables)]
        fn open(
            region: usize,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::graph_runtime::__private::Opening<Self> {
            match region {
                0usize => {
                    ::graph_runtime::__private::Opening::each(
                        __Items::__Of0(
                            __Of0
                                .hold(
                                    ::graph_runtime::__private::Lists::<
                                        <Agent as ::graph_runtime::Definition>::State,
                                        __Item0,
                                        _,
                                    >::call(&payments, state),
                                ),
                        ),
                        ::graph_runtime::__private::Next::Node(AgentNode::Approve),
                    )
                }
                _ => ::graph_runtime::__private::Opening::empty(),
            }
        }
        #[allow(
            unused_braces,
            unused_imports,
            unused_variables,
            clippy::blocks_in_conditions
        )]
        fn after(
            region: usize,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::graph_runtime::__private::Next<AgentNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            match region {
                0usize => ::graph_runtime::__private::Next::Node(AgentNode::Research),
                _ => ::graph_runtime::__private::Next::End,
            }
        }
        type Pausing = ::graph_runtime::__private::Pauses;
        #[allow(unused_variables, unused_braces, clippy::blocks_in_conditions)]
        fn ask(
            node: AgentNode,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::core::option::Option<
            ::core::result::Result<
                ::graph_runtime::__private::Question,
                ::std::string::String,
            >,
        > {
            const JSON: ::graph_runtime::__private::Json = ::graph_runtime::__private::Json::feature::<
                (),
            >();
            match node {
                AgentNode::Approve => {
                    ::core::option::Option::Some(
                        ::graph_runtime::__private::Question::of(
                                &{
                                    ::graph_runtime::__private::ItemAsks::<
                                        <Agent as ::graph_runtime::Definition>::State,
                                        __Item0,
                                        _,
                                    >::call(&card, state, __Items::of_0(at))
                                },
                                JSON,
                            )
                            .map(|question: ::graph_runtime::__private::Question| {
                                question.within(::core::time::Duration::new(86400u64, 0u32))
                            }),
                    )
                }
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
        #[allow(unused_variables)]
        fn overdue(
            node: AgentNode,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::core::option::Option<Self::Reply> {
            match node {
                AgentNode::Approve => {
                    ::core::option::Option::Some(
                        AgentReply::Approve(
                            ::graph_runtime::__private::ItemLapses::<
                                <Agent as ::graph_runtime::Definition>::State,
                                __Item0,
                                __Reply0,
                                _,
                            >::call(&refuse, state, __Items::of_0(at)),
                        ),
                    )
                }
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
        const TIMED: bool = true || <__Graph0 as ::graph_runtime::Definition>::TIMED;
        #[inline]
        fn plain(node: AgentNode) -> bool {
            !::core::matches!(node, AgentNode::Approve | AgentNode::Research)
        }
        #[inline]
        fn policy(
            node: AgentNode,
        ) -> ::core::option::Option<&'static ::graph_runtime::__private::Policy> {
            const TOKIO: ::graph_runtime::__private::Tokio = ::graph_runtime::__private::Tokio::feature::<
                Agent,
            >();
            match node {
                AgentNode::Approve => {
                    const POLICY: ::graph_runtime::__private::Policy = ::graph_runtime::__private::Policy::new()
                        .retry(
                            ::graph_runtime::__private::Retry {
                                attempts: 3u32,
                                backoff: ::core::time::Duration::new(0u64, 100000000u32),
                                factor: 2f64,
                                max: ::core::time::Duration::new(60u64, 0u32),
                                jitter: false,
                                applies: ::core::option::Option::None,
                            },
                            TOKIO,
                        );
                    ::core::option::Option::Some(&POLICY)
                }
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
        const PAUSES: &'static [&'static str] = &["approve"];
        const FORMER: &'static [(&'static str, &'static str)] = &[
            ("consent", "approve"),
        ];
        type Child = ::graph_runtime::Either<
            ::graph_runtime::__private::Nested<__Graph0>,
            ::graph_runtime::__private::NoChild,
        >;
        type Memory = (::graph_runtime::__private::Kept<__Graph0, false>, ());
        const SUBGRAPHS: &'static [&'static str] = &["research"];
        #[allow(unused_variables)]
        fn enter(
            node: AgentNode,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
            memory: &mut Self::Memory,
        ) -> ::core::option::Option<
            ::core::result::Result<Self::Child, ::graph_runtime::__private::Astray>,
        > {
            match node {
                AgentNode::Research => {
                    ::core::option::Option::Some(
                        ::graph_runtime::__private::Nested::enter(
                                __Enters::research(state),
                                &mut memory.0,
                            )
                            .map(|nested| ::graph_runtime::Either::Left(nested)),
                    )
                }
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
        #[allow(unused_variables)]
        fn leave(
            node: AgentNode,
            state: &<Agent as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
            child: &Self::Child,
            patch: &mut ::graph_runtime::__private::Patch<Self>,
        ) -> ::core::option::Option<::graph_runtime::__private::Noted<Self>> {
            match (node, child) {
                (AgentNode::Research, ::graph_runtime::Either::Left(nested)) => {
                    ::core::option::Option::Some(
                        ::graph_runtime::__private::Noted::update(
                            __Leaves::research(state, nested.state()),
                            patch,
                        ),
                    )
                }
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
        const DRAWING: ::core::option::Option<
            &'static ::graph_runtime::__private::Drawing,
        > = ::core::option::Option::Some(
            &::graph_runtime::__private::Drawing {
                svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 346 340\" width=\"346\" height=\"340\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph Agent\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M161 28L161 52M161 264L161 288M161 212L161 236M161 188L161 200M161 164L161 188M161 80L161 104\"/><path d=\"M161 52l-4 -8h8zM161 288l-4 -8h8zM161 236l-4 -8h8zM161 200l-4 -8h8zM161 104l-4 -8h8zM52 134m-3 -3a3 3 0 1 1 6 0a3 3 0 1 1 -6 0zm-3 10a6 6 0 0 1 12 0z\" fill=\"currentColor\"/><rect x=\"129\" y=\"0\" width=\"64\" height=\"28\" rx=\"14\"/><rect x=\"73\" y=\"236\" width=\"176\" height=\"28\" rx=\"5\"/><rect x=\"76\" y=\"239\" width=\"170\" height=\"22\" rx=\"3\"/><rect x=\"0\" y=\"52\" width=\"322\" height=\"160\" rx=\"5\" stroke-dasharray=\"4 3\" opacity=\"0.6\"/><path d=\"M32 104h258l8 30l-8 30h-258l-8 -30z\"/><path d=\"M149 80h24\" stroke-width=\"3\"/><path d=\"M149 200h24\" stroke-width=\"3\"/><rect x=\"137\" y=\"288\" width=\"48\" height=\"28\" rx=\"14\"/><g fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\"><text x=\"161\" y=\"18\">start</text><text x=\"161\" y=\"254\">research = Research</text><text x=\"12\" y=\"70\" text-anchor=\"start\" opacity=\"0.7\">for payments</text><text x=\"170\" y=\"122\">approve</text><text x=\"170\" y=\"138\" font-size=\"12\" opacity=\"0.7\">waits for Approval</text><text x=\"170\" y=\"154\" font-size=\"12\" opacity=\"0.7\">3 attempts, refuse after 1d</text><text x=\"161\" y=\"306\">end</text></g>",
                nodes: &[[24, 104, 274, 60], [73, 236, 176, 28]],
                regions: &[[0, 52, 322, 160]],
                end: [137, 288, 48, 28],
            },
        );
    }
    const __FIELDS: usize = <<Agent as ::graph_runtime::Definition>::State as ::graph_runtime::GraphState>::FIELDS
        .len();
    #[allow(non_upper_case_globals)]
    const __Claim_approve: ::graph_runtime::__private::Claimant = ::graph_runtime::__private::Claimant {
        name: "approve",
        writes: ::graph_runtime::__private::writes::<
            <Agent as ::graph_runtime::Definition>::State,
            ::graph_runtime::__private::Updates,
            _,
            _,
        >(&__Tasks::approve),
        rescue: ::graph_runtime::__private::Writes::None,
    };
    const _: () = ::graph_runtime::__private::among_items(
        <<Agent as ::graph_runtime::Definition>::State as ::graph_runtime::GraphState>::FIELDS,
        "payments",
        &__Claim_approve,
    );
    const _: fn() = <<__Graph0 as ::graph_runtime::Definition>::Context as ::graph_runtime::__private::ContextOf<
        <Agent as ::graph_runtime::Definition>::Context,
        ::graph_runtime::__private::Same,
    >>::call;
};
