"""Lists as PostgreSQL's array literals, quickly: a head-end's message is a dozen lists of five hundred values each.

psycopg asks a dumper for every single element and looks whether its text needs quotes. Lists of one plain type are written as a whole
here; whatever else a list holds goes psycopg's own way.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.types.array import ListDumper


class ArrayDumper(ListDumper):
    """Writes a list as text."""

    def dump(self, obj: list[Any]) -> Any:
        """The literal, without the quotes around it."""
        types = set(map(type, obj))
        write = _WRITERS.get(types.pop()) if len(types) == 1 and self.delimiter == b"," else None
        text = write(obj) if write is not None else "\0"
        if "\0" in text:  # psycopg knows how to refuse it
            return super().dump(obj)
        return text.encode()


def _numbers(values: list[Any]) -> str:
    return "{" + ",".join(map(repr, values)) + "}"


def _strings(values: list[str]) -> str:
    return '{"' + '","'.join([one.replace("\\", "\\\\").replace('"', '\\"') for one in values]) + '"}'


def _times(values: list[dt.datetime]) -> str:
    return '{"' + '","'.join(map(str, values)) + '"}'


_WRITERS: dict[type, Callable[[list[Any]], str]] = {int: _numbers, float: _numbers, str: _strings, dt.datetime: _times}


def register() -> None:
    """Let all connections made from now on write lists so."""
    psycopg.adapters.register_dumper(list, ArrayDumper)
