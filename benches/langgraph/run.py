"""LangGraph's side of the comparison, as JSON: `python run.py trial|short|long DIRECTORY`.

The files of SQLite lie under the directory, which should be on a disk. Everything runs one after the other in this process, but
for those that are killed.
"""

import gc
import json
import platform
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from langgraph.checkpoint.memory import MemorySaver

import graphs
import killed
import turns
from stored import settings, sizes, sqlite

# Runs of a case: at least, at most, and seconds in which there are more than the least.
RUNS = {"trial": (1, 1, 0), "short": (3, 50, 2), "long": (7, 200, 20)}
TURNS = {"trial": [10], "short": [100, 400], "long": [100, 400, 1600]}


def timed(graph, given, durability, check):
    """Seconds of one run on a new thread; the result is checked after the clock was read."""
    config = {"configurable": {"thread_id": str(uuid4())}, "recursion_limit": 10**9}
    gc.collect()
    began = perf_counter()
    end = graph.invoke(given, config, durability=durability)
    took = perf_counter() - began
    assert check(end), "a graph has come to a wrong end"
    return took


def case(build, given, check, size, path):
    def none():
        return timed(build(None), given, None, check)

    def memory():
        return timed(build(MemorySaver()), given, "sync", check)

    def on_disk(synchronous):
        # One file for all runs, as a service has.
        with sqlite(path / synchronous, synchronous) as saver:
            return timed(build(saver), given, "sync", check)

    columns = {
        "none": none,
        "memory": memory,
        "normal": lambda: on_disk("NORMAL"),
        "full": lambda: on_disk("FULL"),
    }
    times = {name: [] for name in columns}
    least, most, budget = RUNS[size]
    began, runs = perf_counter(), 0
    while runs < least or (runs < most and perf_counter() - began < budget):
        for name, column in columns.items():
            times[name].append(column())
        runs += 1
    return {name: median(seconds) for name, seconds in times.items()} | sizes(path / "FULL", runs)


def main():
    size, directory = sys.argv[1], Path(sys.argv[2])
    trial = size == "trial"
    cases = {}
    for number, (name, build, given, check) in enumerate(graphs.cases(trial)):
        path = directory / f"case-{number}"
        path.mkdir(parents=True)
        cases[name] = case(build, given, check, size, path)
        for file in path.iterdir():
            file.unlink()
    waits = {"at once": 0} if trial else {"at once": 0, "later": 0.5}
    packages = ("langgraph", "langgraph-checkpoint-sqlite", "pydantic")
    measured = {
        "versions": {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
        | {package: version(package) for package in packages},
        "settings": settings(directory / "settings"),
        "cases": cases,
        "again": {
            f"{mode} {when}": killed.again(directory / f"{mode} {when}", mode, wait)
            for mode in ("Sync", "Async", "Exit")
            for when, wait in waits.items()
        },
        "turns": {str(count): turns.grow(directory, count) for count in TURNS[size]},
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
