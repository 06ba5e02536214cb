"""Real processes that do something at the same moment, so that PostgreSQL decides who comes first."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection

from django.db import connection

FORK = multiprocessing.get_context("fork")  # the children have everything loaded; each opens a connection of its own
#: What a process does in a round, given its number and the round's; what came of it, in a word.
Attempt = Callable[[int, int], str]


def serve(attempt: Attempt, number: int, pipe: Connection) -> None:
    """A child: tries each round it is told of and tells what came of it, until it is told None."""
    connection.connect()
    pipe.send("ready")
    while (turn := pipe.recv()) is not None:
        pipe.send(attempt(number, turn))
    connection.close()
    os._exit(0)  # nothing of the test run's own clearing up


class Racers:
    """So many processes that do the same thing at the same moment."""

    def __init__(self, attempt: Attempt, count: int) -> None:
        connection.close()  # no two processes may share one
        self.children = []
        for number in range(count):
            ours, theirs = FORK.Pipe()
            child = FORK.Process(target=serve, args=(attempt, number, theirs), daemon=True)
            child.start()
            self.children.append((child, ours))
        assert [ours.recv() for _, ours in self.children] == ["ready"] * count

    def round(self, turn: int) -> list[str]:
        """What came of it for each."""
        for _, ours in self.children:
            ours.send(turn)
        return [ours.recv() for _, ours in self.children]

    def end(self) -> None:
        """Let them go."""
        for child, ours in self.children:
            ours.send(None)
            child.join()
