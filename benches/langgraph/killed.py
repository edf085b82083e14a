"""A chain of twelve nodes whose process is killed inside the seventh: how many nodes run in all?

Started with a directory and a durability it is the process that dies.
"""

import subprocess
import sys
from pathlib import Path
from time import sleep
from typing import TypedDict

from langgraph.graph import END, START, StateGraph

from stored import sqlite

NODES = 12
DEADLY = 6
CONFIG = {"configurable": {"thread_id": "victim"}}


class Count(TypedDict):
    count: int


def chain(log, deadly):
    def link(state):
        with open(log, "a") as lines:
            lines.write(f"{state['count']}\n")
        if deadly and state["count"] == DEADLY:
            print("here", flush=True)
            sleep(600)
        return {"count": state["count"] + 1}

    graph = StateGraph(Count)
    names = [f"n{number}" for number in range(NODES)]
    for name in names:
        graph.add_node(name, link)
    for before, after in zip([START, *names], [*names, END]):
        graph.add_edge(before, after)
    return graph


def again(directory, durability, wait):
    """Nodes that ran more than once, where the kill comes so many seconds after the seventh has begun."""
    directory.mkdir()
    log, store = directory / "log", directory / "store"
    victim = subprocess.Popen([sys.executable, "-B", __file__, str(directory), durability], stdout=subprocess.PIPE)
    victim.stdout.readline()
    sleep(wait)
    victim.kill()
    victim.communicate()
    with sqlite(store) as saver:
        graph = chain(log, False).compile(checkpointer=saver)
        # Without a checkpoint there is nothing to go on from: the run starts anew.
        given = None if graph.get_state(CONFIG).next else {"count": 0}
        end = graph.invoke(given, CONFIG, durability=durability.lower())
    assert end["count"] == NODES, "the chain has come to a wrong end"
    return len(log.read_text().splitlines()) - NODES


if __name__ == "__main__":
    directory, durability = Path(sys.argv[1]), sys.argv[2]
    with sqlite(directory / "store") as saver:
        graph = chain(directory / "log", True).compile(checkpointer=saver)
        graph.invoke({"count": 0}, CONFIG, durability=durability.lower())
