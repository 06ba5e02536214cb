"""Events: frozen facts in the past tense, stored in the transaction that made them true and delivered in order afterwards.

An app declares its events in `<app>/events.py` as frozen dataclasses decorated with `event`. Fields are plain: str, int, float,
bool, None, lists and dicts of these, and datetimes (stored as ISO 8601 text).
"""

import dataclasses
import datetime as dt
import functools
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
_registry: dict[str, type] = {}


def event(cls: type[T]) -> type[T]:
    """Register a frozen dataclass as an event under its class name."""
    if _registry.setdefault(cls.__name__, cls) is not cls:
        raise TypeError(f"two events are called {cls.__name__}")
    return cls


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log of its area."""

    area: str
    number: int
    recorded_at: dt.datetime
    event: Any

    @property
    def reference(self) -> str:
        """Its address: what an effect is keyed by, so that a repeat has no second effect."""
        return f"event:{self.area}/{self.number}"


def to_payload(fact: Any) -> dict[str, Any]:
    """The stored form of an event."""
    return {field.name: _plain(getattr(fact, field.name)) for field in dataclasses.fields(fact)}


def from_payload(name: str, payload: dict[str, Any]) -> Any:
    """The event again; fields added since it was stored take their defaults, fields dropped since are ignored."""
    cls = _registry[name]
    hints = _hints(cls)
    values = {
        field.name: _typed(hints[field.name], payload[field.name])
        for field in dataclasses.fields(cls)
        if field.name in payload
    }
    return cls(**values)


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def known(name: str) -> bool:
    """Whether an event of this name is declared."""
    return name in _registry


def names() -> list[str]:
    """All declared events."""
    return sorted(_registry)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _typed(hint: Any, value: Any) -> Any:
    is_datetime = hint is dt.datetime or dt.datetime in typing.get_args(hint)
    return dt.datetime.fromisoformat(value) if is_datetime and isinstance(value, str) else value
