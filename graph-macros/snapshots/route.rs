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
        start_job;
        let decide = steps::decide;
        start_job;
        decide;
        let state = loop {};
        verbatim! {
            match done(state) { true => {} false => { start_job; } }
        }
    }
};
/// Counts to three.
#[cfg_attr(
    doc,
    doc = "\n\n<div><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 196 258\" width=\"196\" height=\"258\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph JobGraph\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M48 28L48 64M48 92L48 116M48 144L48 206M64 144L64 159Q64 164 69 164L166 164Q171 164 171 159L171 45Q171 40 166 40L69 40Q64 40 64 45L64 64\"/><path d=\"M48 64l-4 -8h8zM48 116l-4 -8h8zM48 206l-4 -8h8zM64 64l-4 -8h8z\" fill=\"currentColor\"/><rect x=\"16\" y=\"0\" width=\"64\" height=\"28\" rx=\"14\"/><rect x=\"0\" y=\"64\" width=\"96\" height=\"28\" rx=\"5\"/><rect x=\"12\" y=\"116\" width=\"72\" height=\"28\" rx=\"5\"/><rect x=\"24\" y=\"206\" width=\"48\" height=\"28\" rx=\"14\"/><g fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\"><text x=\"53\" y=\"179\" text-anchor=\"start\" font-size=\"12\">done: true</text><text x=\"69\" y=\"158\" text-anchor=\"start\" font-size=\"12\">done: false</text><text x=\"48\" y=\"18\">start</text><text x=\"48\" y=\"82\">start_job</text><text x=\"48\" y=\"134\">decide</text><text x=\"48\" y=\"224\">end</text></g></svg></div>"
)]
pub enum JobGraph {}
#[automatically_derived]
#[allow(dead_code, deprecated)]
impl JobGraph
where
    Job: ::graph_runtime::GraphState,
{
    /// Chooses where and how the graph runs.
    pub fn builder() -> ::graph_runtime::Builder<JobGraph> {
        ::graph_runtime::Builder::new()
    }
    ///The graph in memory: nothing is stored.
    #[allow(clippy::new_ret_no_self, clippy::new_without_default)]
    #[must_use]
    pub fn new() -> ::graph_runtime::Graph<JobGraph, ::graph_runtime::InMemory> {
        JobGraph::builder().build()
    }
    /// The graph as a Mermaid flowchart: Markdown pages show it where it stands in a block of the language `mermaid`.
    ///
    /// A group or a `for` is a frame with a point where its branches begin and one where they meet; a subgraph has a double
    /// border, a pause six sides.
    pub const MERMAID: &'static str = "flowchart TD\n    start_([\"start\"])\n    end_([\"end\"])\n    n_start_job[\"start_job\"]\n    n_decide[\"decide\"]\n    start_ --> n_start_job\n    n_start_job --> n_decide\n    n_decide -->|\"done: true\"| end_\n    n_decide -->|\"done: false\"| n_start_job\n";
    /// The graph in the language of Graphviz: `dot -Tsvg` draws it, as [`MERMAID`](Self::MERMAID) is drawn.
    pub const DOT: &'static str = "digraph \"JobGraph\" {\n    newrank=true;\n    node [shape=box, style=rounded];\n    start_ [label=\"start\", shape=oval];\n    end_ [label=\"end\", shape=oval];\n    n_start_job [label=\"start_job\"];\n    n_decide [label=\"decide\"];\n    start_ -> n_start_job;\n    n_start_job -> n_decide;\n    n_decide -> end_ [label=\"done: true\"];\n    n_decide -> n_start_job [label=\"done: false\"];\n}\n";
    /// The graph as tables: nodes, regions and edges.
    #[must_use]
    pub fn topology() -> &'static ::graph_runtime::Topology {
        use ::graph_runtime::topology as tables;
        const TOPOLOGY: &tables::Topology = &tables::Topology::new(
            "JobGraph",
            &[
                tables::Node::new(
                    "start_job",
                    tables::Kind::Function,
                    ::core::option::Option::None,
                    &[],
                ),
                tables::Node::new(
                    "decide",
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
                    ::core::option::Option::None,
                ),
                tables::Edge::new(
                    tables::Point::Node(1usize),
                    tables::Point::End,
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::Some("done"),
                        pattern: "true",
                    }),
                ),
                tables::Edge::new(
                    tables::Point::Node(1usize),
                    tables::Point::Node(0usize),
                    ::core::option::Option::Some(tables::Label::Arm {
                        route: ::core::option::Option::Some("done"),
                        pattern: "false",
                    }),
                ),
            ],
        );
        TOPOLOGY
    }
    /// What stored threads hold of the graph: fields, types and nodes, by name.
    #[must_use]
    #[inline]
    pub fn schema() -> ::graph_runtime::schema::Schema {
        ::graph_runtime::schema::Schema::of::<JobGraph>()
    }
}
///The nodes of [`JobGraph`].
#[allow(dead_code, non_camel_case_types)]
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::hash::Hash,
)]
pub enum JobGraphNode {
    ///The node `start_job`.
    StartJob,
    ///The node `decide`.
    Decide,
}
///The replies that the pauses of [`JobGraph`] wait for: it has none.
#[allow(
    dead_code,
    deprecated,
    non_camel_case_types,
    private_interfaces,
    clippy::allow_attributes
)]
pub enum JobGraphReply {}
#[doc(hidden)]
#[allow(deprecated)]
const _: () = {
    macro_rules! __choose {
        ($($tokens:tt)*) => {
            match $($tokens)*
        };
    }
    #[automatically_derived]
    impl ::graph_runtime::NodeName for JobGraphNode {
        const ALL: &'static [Self] = &[JobGraphNode::StartJob, JobGraphNode::Decide];
        fn name(self) -> &'static str {
            match self {
                JobGraphNode::StartJob => "start_job",
                JobGraphNode::Decide => "decide",
            }
        }
        #[inline]
        fn index(self) -> usize {
            match self {
                JobGraphNode::StartJob => 0usize,
                JobGraphNode::Decide => 1usize,
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for JobGraphReply {
        fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match *self {}
        }
    }
    #[automatically_derived]
    #[allow(unused_variables)]
    impl ::graph_runtime::Replies for JobGraphReply {
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
        Job: ::graph_runtime::GraphState,
    {
        #[inline]
        fn start_job<'a>(
            state: &'a <JobGraph as ::graph_runtime::Definition>::State,
            cx: &'a ::graph_runtime::Ctx<
                <JobGraph as ::graph_runtime::Definition>::Context,
            >,
        ) -> impl ::graph_runtime::__private::Work<
            Output = ::core::result::Result<
                impl ::graph_runtime::Update<
                    <JobGraph as ::graph_runtime::Definition>::State,
                > + use<'a>,
                ::graph_runtime::BoxError,
            >,
        > + ::core::marker::Send + use<'a> {
            ::graph_runtime::__private::Returned::<
                <JobGraph as ::graph_runtime::Definition>::State,
                _,
            >::settle(
                ::graph_runtime::__private::Node::<
                    <JobGraph as ::graph_runtime::Definition>::State,
                    <JobGraph as ::graph_runtime::Definition>::Context,
                    _,
                >::call(&start_job, state, cx),
            )
        }
        #[inline]
        fn decide<'a>(
            state: &'a <JobGraph as ::graph_runtime::Definition>::State,
            cx: &'a ::graph_runtime::Ctx<
                <JobGraph as ::graph_runtime::Definition>::Context,
            >,
        ) -> impl ::graph_runtime::__private::Work<
            Output = ::core::result::Result<
                impl ::graph_runtime::Update<
                    <JobGraph as ::graph_runtime::Definition>::State,
                > + use<'a>,
                ::graph_runtime::BoxError,
            >,
        > + ::core::marker::Send + use<'a> {
            ::graph_runtime::__private::Returned::<
                <JobGraph as ::graph_runtime::Definition>::State,
                _,
            >::settle(
                ::graph_runtime::__private::Node::<
                    <JobGraph as ::graph_runtime::Definition>::State,
                    <JobGraph as ::graph_runtime::Definition>::Context,
                    _,
                >::call(&steps::decide, state, cx),
            )
        }
    }
    #[automatically_derived]
    impl ::graph_runtime::Definition for JobGraph
    where
        Job: ::graph_runtime::GraphState,
    {
        type State = Job;
        type Context = ();
        type Node = JobGraphNode;
        type Items = ::graph_runtime::__private::NoItems;
        type Reply = JobGraphReply;
        const NAME: &'static str = "JobGraph";
        #[inline]
        #[allow(
            unused_braces,
            unused_imports,
            unused_variables,
            clippy::blocks_in_conditions
        )]
        fn entry(
            state: &<JobGraph as ::graph_runtime::Definition>::State,
        ) -> ::graph_runtime::__private::Next<JobGraphNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            ::graph_runtime::__private::Next::Node(JobGraphNode::StartJob)
        }
        #[inline]
        #[allow(unused_variables)]
        fn now(
            node: JobGraphNode,
            state: &mut <JobGraph as ::graph_runtime::Definition>::State,
            cx: &::graph_runtime::Ctx<
                <JobGraph as ::graph_runtime::Definition>::Context,
            >,
            draft: &mut ::graph_runtime::__private::Draft<
                <JobGraph as ::graph_runtime::Definition>::State,
            >,
        ) -> ::core::option::Option<
            ::core::result::Result<
                ::graph_runtime::__private::Next<JobGraphNode>,
                ::graph_runtime::BoxError,
            >,
        > {
            match node {
                JobGraphNode::StartJob => {
                    let apply = match ::graph_runtime::__private::at_once(|| __Tasks::start_job(
                        state,
                        cx,
                    ))? {
                        ::core::result::Result::Ok(update) => draft.note(update),
                        ::core::result::Result::Err(error) => {
                            return ::core::option::Option::Some(
                                ::core::result::Result::Err(error),
                            );
                        }
                    };
                    draft.settle(apply, state);
                    ::core::option::Option::Some(
                        ::core::result::Result::Ok(
                            Self::route(
                                JobGraphNode::StartJob,
                                state,
                                ::graph_runtime::__private::At::NOWHERE,
                            ),
                        ),
                    )
                }
                JobGraphNode::Decide => {
                    let apply = match ::graph_runtime::__private::at_once(|| __Tasks::decide(
                        state,
                        cx,
                    ))? {
                        ::core::result::Result::Ok(update) => draft.note(update),
                        ::core::result::Result::Err(error) => {
                            return ::core::option::Option::Some(
                                ::core::result::Result::Err(error),
                            );
                        }
                    };
                    draft.settle(apply, state);
                    ::core::option::Option::Some(
                        ::core::result::Result::Ok(
                            Self::route(
                                JobGraphNode::Decide,
                                state,
                                ::graph_runtime::__private::At::NOWHERE,
                            ),
                        ),
                    )
                }
            }
        }
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn task<'a>(
            node: JobGraphNode,
            state: &'a <JobGraph as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'a, Self>,
            cx: &'a ::graph_runtime::Ctx<
                <JobGraph as ::graph_runtime::Definition>::Context,
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
                    JobGraphNode::StartJob => {
                        ::core::result::Result::Ok(
                            ::graph_runtime::__private::Noted::update(
                                __Tasks::start_job(state, cx).await?,
                                patch,
                            ),
                        )
                    }
                    JobGraphNode::Decide => {
                        ::core::result::Result::Ok(
                            ::graph_runtime::__private::Noted::update(
                                __Tasks::decide(state, cx).await?,
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
            node: JobGraphNode,
            state: &'a mut <JobGraph as ::graph_runtime::Definition>::State,
            cx: &'a ::graph_runtime::Ctx<
                <JobGraph as ::graph_runtime::Definition>::Context,
            >,
            draft: &'a mut ::graph_runtime::__private::Draft<
                <JobGraph as ::graph_runtime::Definition>::State,
            >,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::graph_runtime::__private::Next<JobGraphNode>,
                ::graph_runtime::BoxError,
            >,
        > + ::core::marker::Send + 'a {
            async move {
                match node {
                    JobGraphNode::StartJob => {
                        let apply = match __Tasks::start_job(state, cx).await {
                            ::core::result::Result::Ok(update) => draft.note(update),
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        draft.settle(apply, state);
                        ::core::result::Result::Ok(
                            Self::route(
                                JobGraphNode::StartJob,
                                state,
                                ::graph_runtime::__private::At::NOWHERE,
                            ),
                        )
                    }
                    JobGraphNode::Decide => {
                        let apply = match __Tasks::decide(state, cx).await {
                            ::core::result::Result::Ok(update) => draft.note(update),
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        draft.settle(apply, state);
                        ::core::result::Result::Ok(
                            Self::route(
                                JobGraphNode::Decide,
                                state,
                                ::graph_runtime::__private::At::NOWHERE,
                            ),
                        )
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
            node: JobGraphNode,
            state: &<JobGraph as ::graph_runtime::Definition>::State,
            at: ::graph_runtime::__private::At<'_, Self>,
        ) -> ::graph_runtime::__private::Next<JobGraphNode> {
            use ::graph_runtime::__private::AnswerExt as _;
            match node {
                JobGraphNode::StartJob => {
                    ::graph_runtime::__private::Next::Node(JobGraphNode::Decide)
                }
                JobGraphNode::Decide => {
                    __choose! {
                        {
                        ::graph_runtime::__private::Answer(::graph_runtime::__private::Route::
                        < < JobGraph as ::graph_runtime::Definition > ::State, _ >
                        ::call(& done, state)).answer() } { true =>
                        ::graph_runtime::__private::Next::End, false =>
                        ::graph_runtime::__private::Next::Node(JobGraphNode::StartJob), }
                    }
                }
            }
        }
        type Pausing = ::graph_runtime::__private::Unpaused;
        type Child = ::graph_runtime::__private::NoChild;
        type Memory = ();
        const DRAWING: ::core::option::Option<
            &'static ::graph_runtime::__private::Drawing,
        > = ::core::option::Option::Some(
            &::graph_runtime::__private::Drawing {
                svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 196 258\" width=\"196\" height=\"258\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph JobGraph\" font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\"><path d=\"M48 28L48 64M48 92L48 116M48 144L48 206M64 144L64 159Q64 164 69 164L166 164Q171 164 171 159L171 45Q171 40 166 40L69 40Q64 40 64 45L64 64\"/><path d=\"M48 64l-4 -8h8zM48 116l-4 -8h8zM48 206l-4 -8h8zM64 64l-4 -8h8z\" fill=\"currentColor\"/><rect x=\"16\" y=\"0\" width=\"64\" height=\"28\" rx=\"14\"/><rect x=\"0\" y=\"64\" width=\"96\" height=\"28\" rx=\"5\"/><rect x=\"12\" y=\"116\" width=\"72\" height=\"28\" rx=\"5\"/><rect x=\"24\" y=\"206\" width=\"48\" height=\"28\" rx=\"14\"/><g fill=\"currentColor\" stroke=\"none\" text-anchor=\"middle\"><text x=\"53\" y=\"179\" text-anchor=\"start\" font-size=\"12\">done: true</text><text x=\"69\" y=\"158\" text-anchor=\"start\" font-size=\"12\">done: false</text><text x=\"48\" y=\"18\">start</text><text x=\"48\" y=\"82\">start_job</text><text x=\"48\" y=\"134\">decide</text><text x=\"48\" y=\"224\">end</text></g>",
                nodes: &[[0, 64, 96, 28], [12, 116, 72, 28]],
                regions: &[],
                end: [24, 206, 48, 28],
            },
        );
    }
};
