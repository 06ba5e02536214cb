"""Lists as PostgreSQL's array literals, quickly: a head-end's message is a dozen lists of five hundred values each.

psycopg asks a dumper for every single element and looks whether its text needs quotes. Lists of one plain type are written as a whole
here; whatever else a list holds goes psycopg's own way.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.types.array import ListDumper
from psycopg.types.json import Jsonb


class ArrayDumper(ListDumper):
    """Writes a list as text."""

    def dump(self, obj: list[Any]) -> Any:
        """The literal, without the quotes around it."""
        types = set(map(type, obj)) - {type(None)}
        write = _WRITERS.get(types.pop()) if len(types) == 1 and self.delimiter == b"," else None
        text = write(obj) if write is not None else "\0"
        if "\0" in text:  # psycopg knows how to refuse it
            return super().dump(obj)
        return text.encode()


def _literal(write: Callable[[Any], str]) -> Callable[[list[Any]], str]:
    return lambda values: "{" + ",".join(["NULL" if one is None else write(one) for one in values]) + "}"


def _string(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json(value: Jsonb) -> str:
    """As psycopg's dumper writes it; its way to quote looks at every character."""
    told = (value.dumps or json.dumps)(value.obj)
    return _string(told if isinstance(told, str) else told.decode())


_WRITERS: dict[type, Callable[[list[Any]], str]] = {
    int: _literal(repr),
    float: _literal(repr),
    str: _literal(_string),
    dt.datetime: _literal(lambda value: f'"{value}"'),
    Jsonb: _literal(_json),
}


def register() -> None:
    """Let all connections made from now on write lists so."""
    psycopg.adapters.register_dumper(list, ArrayDumper)
