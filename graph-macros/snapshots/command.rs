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
    doc = "The graph `Agent`.\n\n<div><svg viewBox=\"-12 -12 365 264\" width=\"365\" height=\"264\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph Agent\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M54 134L54 152L321 152L321 82L54 82L54 106\"/><path d=\"M54 106l-4 -8h8z\" fill=\"currentColor\"/><path d=\"M36 28L36 64L36 106\"/><path d=\"M36 106l-4 -8h8z\" fill=\"currentColor\"/><path d=\"M36 134L36 170L36 212\"/><path d=\"M36 212l-4 -8h8z\" fill=\"currentColor\"/><path d=\"M54 28L54 46L335 46L335 188L54 188L54 212\"/><path d=\"M54 212l-4 -8h8z\" fill=\"currentColor\"/><rect x=\"0\" y=\"0\" width=\"72\" height=\"28\" rx=\"14\"/><text x=\"36\" y=\"18\" fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\">start</text><rect x=\"0\" y=\"106\" width=\"72\" height=\"28\" rx=\"5\"/><text x=\"36\" y=\"124\" fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\">think</text><rect x=\"0\" y=\"212\" width=\"72\" height=\"28\" rx=\"14\"/><text x=\"36\" y=\"230\" fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\">end</text><text x=\"41\" y=\"58\" fill=\"currentColor\" style=\"paint-order:stroke;stroke:var(--main-background-color,none);stroke-width:4\">First::Think</text><text x=\"59\" y=\"40\" fill=\"currentColor\" style=\"paint-order:stroke;stroke:var(--main-background-color,none);stroke-width:4\">first: _</text><text x=\"59\" y=\"146\" fill=\"currentColor\" style=\"paint-order:stroke;stroke:var(--main-background-color,none);stroke-width:4\">Step::Again(count) if count &lt; 3</text><text x=\"41\" y=\"164\" fill=\"currentColor\" style=\"paint-order:stroke;stroke:var(--main-background-color,none);stroke-width:4\">Step::Again(_) | Step::Stop</text></svg></div>"
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
    /// The graph as a Mermaid flowchart.
    const MERMAID: &'static str = "flowchart TD\n    start_([\"start\"])\n    end_([\"end\"])\n    n_think[\"think\"]\n    start_ -->|\"First::Think\"| n_think\n    start_ -->|\"first: _\"| end_\n    n_think -->|\"Step::Again(count) if count #60; 3\"| n_think\n    n_think -->|\"Step::Again(_) #124; Step::Stop\"| end_\n";
    /// The graph in the language of Graphviz.
    const DOT: &'static str = "digraph \"Agent\" {\n    node [shape=box, style=rounded];\n    start_ [label=\"start\", shape=oval];\n    end_ [label=\"end\", shape=oval];\n    n_think [label=\"think\"];\n    start_ -> n_think [label=\"First::Think\"];\n    start_ -> end_ [label=\"first: _\"];\n    n_think -> n_think [label=\"Step::Again(count) if count < 3\"];\n    n_think -> end_ [label=\"Step::Again(_) | Step::Stop\"];\n}\n";
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
    }
};
