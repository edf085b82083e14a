"""The six graphs: builders that take a checkpointer or None, the inputs, and what the results must be."""

import operator
import random
import string
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import create_react_agent
from langgraph.types import Send
from pydantic import BaseModel, field_validator


def letters(count):
    return random.choices(string.ascii_lowercase, k=count)


# fanout_to_subgraph: a child graph for each subject, side by side.


class Show(TypedDict):
    subjects: list
    jokes: Annotated[list, operator.add]


class Joke(TypedDict):
    subject: Any
    jokes: list


class Told(TypedDict):
    jokes: list


def fanout(saver):
    def edit(state):
        return {"subject": "".join(state["subject"]) + " - hohoho"}

    def generate(state):
        return {"jokes": [f"Joke about {state['subject']}"]}

    def bump(state):
        first, *others = state["jokes"]
        return {"jokes": [first + " a", *others]}

    def bumped(state):
        return END if state["jokes"][0].endswith(" a" * 10) else "bump"

    child = StateGraph(Joke, output_schema=Told)
    for node in (edit, generate, bump):
        child.add_node(node.__name__, node)
    child.add_edge(START, "edit")
    child.add_edge("edit", "generate")
    child.add_edge("generate", "bump")
    child.add_edge("generate", END)
    child.add_conditional_edges("bump", bumped)

    def subjects(state):
        return [Send("generate_joke", {"subject": subject}) for subject in state["subjects"]]

    parent = StateGraph(Show)
    parent.add_node("generate_joke", child.compile())
    parent.add_conditional_edges(START, subjects, ["generate_joke"])
    parent.add_edge("generate_joke", END)
    return parent.compile(checkpointer=saver)


# react_agent: a model that calls a tool n times and then answers.


class FakeModel(BaseChatModel):
    answers: list

    @property
    def _llm_type(self):
        return "fake"

    def bind_tools(self, tools, **_):
        return self

    def _generate(self, messages, stop=None, run_manager=None, **_):
        # Every round adds two messages to the question. A new id each time: an old one would replace that message.
        answer = self.answers[(len(messages) - 1) // 2].model_copy(update={"id": str(uuid4())})
        return ChatResult(generations=[ChatGeneration(message=answer)])


def agent(calls):
    @tool
    def search(query: str) -> str:
        """Search for something."""
        return f"result for query: {query}" * 10

    answers = [
        AIMessage("", tool_calls=[{"name": "search", "args": {"query": str(uuid4()) * 100}, "id": str(uuid4())}])
        for _ in range(calls)
    ]
    answers.append(AIMessage("answer" * 100))
    return lambda saver: create_react_agent(FakeModel(answers=answers), [search], checkpointer=saver)


# wide_state, wide_dict and pydantic_state: fifteen fields, and six nodes that double lists.


def merged(old, new):
    return {**old, **new}


def kept(old, new):
    return new or old


def replaced(_, new):
    return new


LISTS = {"trigger_events", "relevant_rules", "categorizations", "responses", "memory_docs", "messages"}
MAPS = {"autoresponse", "issue", "user_info", "crm_info", "slack_participants", "notified_assignees"}

CONCATENATED = Annotated[list, operator.add]
MERGED = Annotated[dict, merged]
KEPT = Annotated[Any, kept]

WIDE = {
    "messages": (CONCATENATED, list),
    "trigger_events": (CONCATENATED, list),
    "primary_issue_medium": (Annotated[str, kept], str),
    "autoresponse": (Annotated[Any, replaced], lambda: None),
    "issue": (KEPT, lambda: None),
    "relevant_rules": (list, list),
    "memory_docs": (list, list),
    "categorizations": (CONCATENATED, list),
    "responses": (CONCATENATED, list),
    "user_info": (KEPT, lambda: None),
    "crm_info": (KEPT, lambda: None),
    "email_thread_id": (KEPT, lambda: None),
    "slack_participants": (MERGED, dict),
    "bot_id": (str, str),
    "notified_assignees": (MERGED, dict),
}

WideState = dataclass(
    type(
        "WideState",
        (),
        {
            "__annotations__": {name: kind for name, (kind, _) in WIDE.items()},
            **{name: field(default_factory=initial) for name, (_, initial) in WIDE.items()},
        },
    )
)

WideDict = TypedDict("WideDict", {name: kind for name, (kind, _) in WIDE.items()}, total=False)


class Validated(BaseModel):
    """Every list holds maps that are not empty, every map has keys that are not empty, every text is of lower case."""

    messages: CONCATENATED = []
    trigger_events: CONCATENATED = []
    primary_issue_medium: Annotated[str, kept] = ""
    autoresponse: Annotated[dict | None, replaced] = None
    issue: Annotated[dict | None, kept] = None
    relevant_rules: list = []
    memory_docs: list = []
    categorizations: CONCATENATED = []
    responses: CONCATENATED = []
    user_info: Annotated[dict | None, kept] = None
    crm_info: Annotated[dict | None, kept] = None
    email_thread_id: Annotated[str | None, kept] = None
    slack_participants: MERGED = {}
    bot_id: str = ""
    notified_assignees: MERGED = {}

    @field_validator("messages", "trigger_events", "relevant_rules", "memory_docs", "categorizations", "responses")
    @classmethod
    def of_maps(cls, value):
        if not all(isinstance(item, dict) and item for item in value):
            raise ValueError("a list holds what is no map, or an empty one")
        return value

    @field_validator("autoresponse", "issue", "user_info", "crm_info", "slack_participants", "notified_assignees")
    @classmethod
    def with_keys(cls, value):
        if value is not None and not all(value):
            raise ValueError("a key is empty")
        return value

    @field_validator("primary_issue_medium", "email_thread_id", "bot_id")
    @classmethod
    def of_letters(cls, value):
        if value and not value.islower():
            raise ValueError("a text is not of lower case")
        return value


def wide(schema, goal):
    def read(state, name):
        return state.get(name) if isinstance(state, dict) else getattr(state, name)

    def node(reads, *writes):
        def run(state):
            value = read(state, reads)
            items = value if isinstance(value, list) else [value]

            def written(name):
                if name in LISTS:
                    return items
                return items[-1] if name in MAPS else "".join(letters(goal))

            return {name: written(name) for name in writes}

        return run

    def grown(state):
        return END if len(read(state, "messages")) > goal else "one"

    graph = StateGraph(schema)
    graph.add_node("one", node("messages", "trigger_events", "primary_issue_medium"))
    graph.add_node("two", node("trigger_events", "autoresponse", "issue"))
    graph.add_node("three", node("autoresponse", "relevant_rules"))
    graph.add_node("four", node("trigger_events", "categorizations", "responses", "memory_docs"))
    five = ("user_info", "crm_info", "email_thread_id", "slack_participants", "bot_id", "notified_assignees")
    graph.add_node("five", node("categorizations", *five))
    graph.add_node("six", node("responses", "messages"))
    graph.add_edge(START, "one")
    graph.add_edge("one", "two")
    graph.add_edge("two", "three")
    graph.add_edge("two", "four")
    graph.add_edge(["three", "four"], "five")
    graph.add_edge("five", "six")
    graph.add_conditional_edges("six", grown)
    return lambda saver: graph.compile(checkpointer=saver)


def message(outer, inner):
    items = ["hi?" * 10, True, 1, 6327816386138, None] * 5
    return {str(i) * 10: {str(j) * 10: list(items) for j in range(inner)} for i in range(outer)}


# sequential: a chain of nodes that do nothing.


class Idle(TypedDict):
    messages: list


def sequential(nodes):
    graph = StateGraph(Idle)
    names = [f"n{number:03}" for number in range(nodes)]
    for name in names:
        graph.add_node(name, lambda _: None)
    for before, after in zip([START, *names], [*names, END]):
        graph.add_edge(before, after)
    return lambda saver: graph.compile(checkpointer=saver)


def length(goal):
    """How many messages there are in the end."""
    messages, events, responses = 1, 0, 0
    while messages <= goal:
        events += messages
        responses += events
        messages += responses
    return messages


def cases(trial):
    """Name, builder, input, check of the result."""
    for subjects in (2,) if trial else (10, 100):
        given = {"subjects": [letters(1000) for _ in range(subjects)]}
        yield (
            f"fanout_to_subgraph {subjects}x",
            fanout,
            given,
            lambda end, subjects=subjects: len(end["jokes"]) == subjects
            and all(joke.endswith(" - hohoho" + " a" * 10) for joke in end["jokes"]),
        )
    for calls in (2,) if trial else (10, 100):
        yield (
            f"react_agent {calls}x",
            agent(calls),
            {"messages": [HumanMessage("hi?")]},
            lambda end, calls=calls: len(end["messages"]) == 2 * calls + 2
            and end["messages"][-1].content == "answer" * 100,
        )
    for family, schema in (("wide_state", WideState), ("wide_dict", WideDict), ("pydantic_state", Validated)):
        for outer, inner, goal in ((2, 2, 3),) if trial else ((5, 5, 300), (3, 5, 600), (3, 3, 1200)):
            messages = length(goal)
            yield (
                f"{family} {outer * inner}x{goal}",
                wide(schema, goal),
                {"messages": [message(outer, inner)]},
                lambda end, messages=messages: len(end["messages"]) == messages,
            )
    for nodes in (10,) if trial else (10, 1000):
        yield f"sequential {nodes}", sequential(nodes), {"messages": []}, lambda end: end["messages"] == []
