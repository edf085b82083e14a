"""A conversation whose every turn adds two messages of 1 kB."""

import operator
from time import perf_counter
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph

from stored import sizes, sqlite

MESSAGE = 1000
LAST = 20


class Talk(TypedDict):
    messages: Annotated[list, operator.add]


def text(number):
    return f"{number:0{MESSAGE}}"


def grow(directory, turns):
    """Seconds of a turn near the end, and the bytes of all of them."""
    path = directory / f"turns-{turns}.db"

    def say(state):
        return {"messages": [text(len(state["messages"]))]}

    graph = StateGraph(Talk)
    graph.add_node("say", say)
    graph.add_edge(START, "say")
    graph.add_edge("say", END)
    config = {"configurable": {"thread_id": "talk"}}
    times = []
    with sqlite(path) as saver:
        compiled = graph.compile(checkpointer=saver)
        for turn in range(turns):
            given = {"messages": [text(2 * turn)]}
            began = perf_counter()
            end = compiled.invoke(given, config, durability="sync")
            times.append(perf_counter() - began)
        assert len(end["messages"]) == 2 * turns
    last = sorted(times[-LAST:])
    stored = sizes(path, 1)
    path.unlink()
    return {"turn": last[len(last) // 2]} | stored
