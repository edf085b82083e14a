"""A saver on a file of SQLite, and what that file holds."""

import sqlite3
from contextlib import closing, contextmanager

from langgraph.checkpoint.sqlite import SqliteSaver


@contextmanager
def sqlite(path, synchronous=None):
    """The saver as it opens a file by itself, or with another `PRAGMA synchronous`."""
    with SqliteSaver.from_conn_string(str(path)) as saver:
        saver.setup()
        if synchronous:
            saver.conn.execute(f"PRAGMA synchronous={synchronous}")
        yield saver


def settings(path):
    """What the saver leaves of SQLite's settings; 2 is FULL, which syncs the log at every commit, 1 is NORMAL, which does not."""
    with sqlite(path) as saver:
        return {
            name: saver.conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        }


def sizes(path, runs):
    """Bytes that a run has put into its rows, and its share of the file."""
    with closing(sqlite3.connect(path)) as connection:

        def total(table):
            names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
            lengths = " + ".join(f"coalesce(length({name}), 0)" for name in names)
            rows, length = connection.execute(f"SELECT count(*), coalesce(sum({lengths}), 0) FROM {table}").fetchone()
            return rows, length

        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (checkpoints, first), (writes, second) = total("checkpoints"), total("writes")
    return {
        "checkpoints": checkpoints / runs,
        "writes": writes / runs,
        "bytes": (first + second) / runs,
        "file": path.stat().st_size / runs,
    }
