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
        think;
        let state = loop {};
        verbatim! {
            match first(state) { First::Think => { think; } _ => {} }
        }
        think;
        let state = loop {};
        verbatim! {
            match loop {} { Step::Again(count) if count < 3 => { think; } Step::Again(_)
            | Step::Stop => {} }
        }
    }
};
#[cfg(feature = "agent")]
#[cfg_attr(
    doc,
    doc = "The graph `Agent`.\n\n<div><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 344 256\" width=\"344\" height=\"256\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph Agent\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M32 28L32 102M48 28L48 43Q48 48 53 48L314 48Q319 48 319 53L319 175Q319 180 314 180L53 180Q48 180 48 185L48 204M48 130L48 145Q48 150 53 150L300 150Q305 150 305 145L305 83Q305 78 300 78L53 78Q48 78 48 83L48 102M32 130L32 204\"/><path d=\"M32 102l-4 -8h8zM48 204l-4 -8h8zM48 102l-4 -8h8zM32 204l-4 -8h8z\" fill=\"currentColor\"/><rect x=\"0\" y=\"0\" width=\"64\" height=\"28\" rx=\"14\"/><rect x=\"0\" y=\"102\" width=\"64\" height=\"28\" rx=\"5\"/><rect x=\"4\" y=\"204\" width=\"56\" height=\"28\" rx=\"14\"/><g fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\"><text x=\"37\" y=\"63\" text-anchor=\"start\" font-size=\"12\">First::Think</text><text x=\"53\" y=\"42\" text-anchor=\"start\" font-size=\"12\">first: _</text><text x=\"53\" y=\"144\" text-anchor=\"start\" font-size=\"12\">Step::Again(count) if count &lt; 3</text><text x=\"37\" y=\"165\" text-anchor=\"start\" font-size=\"12\">Step::Again(_) | Step::Stop</text><text x=\"32\" y=\"18\">start</text><text x=\"32\" y=\"120\">think</text><text x=\"32\" y=\"222\">end</text></g></svg></div>"
)]
enum Agent {}
#[cfg(feature = "agent")]
#[automatically_derived]
#[allow(dead_code, deprecated)]
impl Agent
where
    state::Thoughts: engine::GraphState,
{
    /// Chooses where and how the graph runs.
    fn builder() -> engine::Builder<Agent> {
        engine::Builder::new()
    }
    ///The graph in memory, with its context: nothing is stored.
    #[allow(clippy::new_ret_no_self, clippy::new_without_default)]
    #[must_use]
    fn new(
        context: impl engine::IntoContext<<Agent as engine::Definition>::Context>,
    ) -> engine::Graph<Agent, engine::InMemory> {
        Agent::builder().context(context).build()
    }
    /// The graph as a Mermaid flowchart: Markdown pages show it where it stands in a block of the language `mermaid`.
    ///
    /// A group or a `for` is a frame with a point where its branches begin and one where they meet; a subgraph has a double
    /// border, a pause six sides.
    const MERMAID: &'static str = "flowchart TD\n    start_([\"start\"])\n    end_([\"end\"])\n    n_think[\"think\"]\n    start_ -->|\"First::Think\"| n_think\n    start_ -->|\"first: _\"| end_\n    n_think -->|\"Step::Again(count) if count #60; 3\"| n_think\n    n_think -->|\"Step::Again(_) #124; Step::Stop\"| end_\n";
    /// The graph in the language of Graphviz: `dot -Tsvg` draws it, as [`MERMAID`](Self::MERMAID) is drawn.
    const DOT: &'static str = "digraph \"Agent\" {\n    newrank=true;\n    node [shape=box, style=rounded];\n    start_ [label=\"start\", shape=oval];\n    end_ [label=\"end\", shape=oval];\n    n_think [label=\"think\"];\n    start_ -> n_think [label=\"First::Think\"];\n    start_ -> end_ [label=\"first: _\"];\n    n_think -> n_think [label=\"Step::Again(count) if count < 3\"];\n    n_think -> end_ [label=\"Step::Again(_) | Step::Stop\"];\n}\n";
    /// The graph as tables: nodes, regions and edges.
    #[must_use]
    fn topology() -> &'static engine::Topology {
        use engine::topology as tables;
        const TOPOLOGY: &tables::Topology = &tables::Topology::new(
            "Agent",
            &[
                tables::Node::new(
                    "think",
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
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::Some("first"),
                        pattern: "First::Think",
                    }),
                ),
                tables::Edge::new(
                    tables::Point::Start,
                    tables::Point::End,
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::Some("first"),
                        pattern: "_",
                    }),
                ),
                tables::Edge::new(
                    tables::Point::Node(0usize),
                    tables::Point::Node(0usize),
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::None,
                        pattern: "Step::Again(count) if count < 3",
                    }),
                ),
                tables::Edge::new(
                    tables::Point::Node(0usize),
                    tables::Point::End,
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::None,
                        pattern: "Step::Again(_) | Step::Stop",
                    }),
                ),
            ],
        );
        TOPOLOGY
    }
    /// What stored threads hold of the graph: fields, types and nodes, by name.
    #[must_use]
    #[inline]
    fn schema() -> engine::schema::Schema {
        engine::schema::Schema::of::<Agent>()
    }
}
#[cfg(feature = "agent")]
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
enum AgentNode {
    ///The node `think`.
    Think,
}
#[cfg(feature = "agent")]
///The replies that the pauses of [`Agent`] wait for: it has none.
#[allow(
    dead_code,
    deprecated,
    non_camel_case_types,
    private_interfaces,
    clippy::allow_attributes
)]
enum AgentReply {}
#[cfg(feature = "agent")]
#[doc(hidden)]
#[allow(deprecated)]
const _: () = {
    macro_rules! __choose {
        ($($tokens:tt)*) => {
            match $($tokens)*
        };
    }
    #[automatically_derived]
    impl engine::NodeName for AgentNode {
        const ALL: &'static [Self] = &[AgentNode::Think];
        fn name(self) -> &'static str {
            match self {
                AgentNode::Think => "think",
            }
        }
        #[inline]
        fn index(self) -> usize {
            match self {
                AgentNode::Think => 0usize,
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for AgentReply {
        fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match *self {}
        }
    }
    #[automatically_derived]
    #[allow(unused_variables)]
    impl engine::Replies for AgentReply {
        fn path(&self, path: &mut ::std::vec::Vec<&'static str>) {
            match *self {}
        }
        fn encode(
            &self,
            fields: &mut engine::__private::FieldWriter<'_>,
        ) -> ::core::result::Result<(), engine::__private::FieldError> {
            match *self {}
        }
        fn decode(
            pause: &str,
            fields: &mut engine::__private::FieldReader<'_>,
        ) -> ::core::result::Result<Self, engine::__private::FieldError> {
            match pause {
                _ => ::core::result::Result::Err(engine::__private::no_pause(pause)),
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
        state::Thoughts: engine::GraphState,
    {
        #[inline]
        fn think<'a>(
            state: &'a <Agent as engine::Definition>::State,
            cx: &'a engine::Ctx<<Agent as engine::Definition>::Context>,
        ) -> impl engine::__private::Work<
            Output = ::core::result::Result<
                (
                    engine::__private::Next<AgentNode>,
                    impl engine::Update<<Agent as engine::Definition>::State> + use<'a>,
                ),
                engine::BoxError,
            >,
        > + ::core::marker::Send + use<'a> {
            let work = engine::__private::Decided::<
                <Agent as engine::Definition>::State,
                _,
            >::settle(
                engine::__private::Node::<
                    <Agent as engine::Definition>::State,
                    <Agent as engine::Definition>::Context,
                    _,
                >::call(&think, state, cx),
            );
            engine::__private::Chosen::new(
                work,
                |choice| {
                    __choose! {
                        { choice } { Step::Again(count) if count < 3 =>
                        engine::__private::Next::Node(AgentNode::Think), Step::Again(_) |
                        Step::Stop => engine::__private::Next::End, }
                    }
                },
            )
        }
    }
    #[automatically_derived]
    impl engine::Definition for Agent
    where
        state::Thoughts: engine::GraphState,
    {
        type State = state::Thoughts;
        type Context = Tools;
        type Node = AgentNode;
        type Items = engine::__private::NoItems;
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
            state: &<Agent as engine::Definition>::State,
        ) -> engine::__private::Next<AgentNode> {
            use engine::__private::AnswerExt as _;
            __choose! {
                { engine::__private::Answer(engine::__private::Route:: < < Agent as
                engine::Definition > ::State, _ > ::call(& first, state)).answer() } {
                First::Think => engine::__private::Next::Node(AgentNode::Think), _ =>
                engine::__private::Next::End, }
            }
        }
        #[inline]
        #[allow(unused_variables)]
        fn now(
            node: AgentNode,
            state: &mut <Agent as engine::Definition>::State,
            cx: &engine::Ctx<<Agent as engine::Definition>::Context>,
            draft: &mut engine::__private::Draft<<Agent as engine::Definition>::State>,
        ) -> ::core::option::Option<
            ::core::result::Result<engine::__private::Next<AgentNode>, engine::BoxError>,
        > {
            match node {
                AgentNode::Think => {
                    let (next, apply) = match engine::__private::at_once(|| __Tasks::think(
                        state,
                        cx,
                    ))? {
                        ::core::result::Result::Ok((next, update)) => {
                            (next, draft.note(update))
                        }
                        ::core::result::Result::Err(error) => {
                            return ::core::option::Option::Some(
                                ::core::result::Result::Err(error),
                            );
                        }
                    };
                    draft.settle(apply, state);
                    ::core::option::Option::Some(::core::result::Result::Ok(next))
                }
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn task<'a>(
            node: AgentNode,
            state: &'a <Agent as engine::Definition>::State,
            at: engine::__private::At<'a, Self>,
            cx: &'a engine::Ctx<<Agent as engine::Definition>::Context>,
            patch: &'a mut engine::__private::Patch<Self>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                engine::__private::Noted<Self>,
                engine::BoxError,
            >,
        > + ::core::marker::Send + 'a {
            async move {
                match node {
                    AgentNode::Think => {
                        ::core::result::Result::Ok(
                            engine::__private::Noted::command(
                                __Tasks::think(state, cx).await?,
                                patch,
                            ),
                        )
                    }
                }
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn step<'a>(
            node: AgentNode,
            state: &'a mut <Agent as engine::Definition>::State,
            cx: &'a engine::Ctx<<Agent as engine::Definition>::Context>,
            draft: &'a mut engine::__private::Draft<<Agent as engine::Definition>::State>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                engine::__private::Next<AgentNode>,
                engine::BoxError,
            >,
        > + ::core::marker::Send + 'a {
            async move {
                match node {
                    AgentNode::Think => {
                        let (next, apply) = match __Tasks::think(state, cx).await {
                            ::core::result::Result::Ok((next, update)) => {
                                (next, draft.note(update))
                            }
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        draft.settle(apply, state);
                        ::core::result::Result::Ok(next)
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
            node: AgentNode,
            state: &<Agent as engine::Definition>::State,
            at: engine::__private::At<'_, Self>,
        ) -> engine::__private::Next<AgentNode> {
            use engine::__private::AnswerExt as _;
            match node {
                AgentNode::Think => engine::__private::Next::End,
            }
        }
        type Pausing = engine::__private::Unpaused;
        fn decides(node: AgentNode) -> bool {
            ::core::matches!(node, AgentNode::Think)
        }
        type Child = engine::__private::NoChild;
        type Memory = ();
        const DRAWING: ::core::option::Option<&'static engine::__private::Drawing> = ::core::option::Option::Some(
            &engine::__private::Drawing {
                svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 344 256\" width=\"344\" height=\"256\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph Agent\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M32 28L32 102M48 28L48 43Q48 48 53 48L314 48Q319 48 319 53L319 175Q319 180 314 180L53 180Q48 180 48 185L48 204M48 130L48 145Q48 150 53 150L300 150Q305 150 305 145L305 83Q305 78 300 78L53 78Q48 78 48 83L48 102M32 130L32 204\"/><path d=\"M32 102l-4 -8h8zM48 204l-4 -8h8zM48 102l-4 -8h8zM32 204l-4 -8h8z\" fill=\"currentColor\"/><rect x=\"0\" y=\"0\" width=\"64\" height=\"28\" rx=\"14\"/><rect x=\"0\" y=\"102\" width=\"64\" height=\"28\" rx=\"5\"/><rect x=\"4\" y=\"204\" width=\"56\" height=\"28\" rx=\"14\"/><g fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\"><text x=\"37\" y=\"63\" text-anchor=\"start\" font-size=\"12\">First::Think</text><text x=\"53\" y=\"42\" text-anchor=\"start\" font-size=\"12\">first: _</text><text x=\"53\" y=\"144\" text-anchor=\"start\" font-size=\"12\">Step::Again(count) if count &lt; 3</text><text x=\"37\" y=\"165\" text-anchor=\"start\" font-size=\"12\">Step::Again(_) | Step::Stop</text><text x=\"32\" y=\"18\">start</text><text x=\"32\" y=\"120\">think</text><text x=\"32\" y=\"222\">end</text></g>",
                nodes: &[[0, 102, 64, 28]],
                regions: &[],
                end: [4, 204, 56, 28],
            },
        );
    }
};
