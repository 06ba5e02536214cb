"""Settings an administrator changes at run time: declared here by the apps, stored as rows, per area where it makes sense.

An app declares its settings in its `settings_declared` section below the import, with a default, a unit and a sentence of help; the
administrator's page and docs list them all.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from adms.core.models import Setting


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting: what it is, what it is worth when nobody has set it."""

    key: str
    default: Any
    unit: str
    help: str


_declared: dict[str, Declared] = {}
_held: ContextVar[dict[str, dict[str | None, Any]] | None] = ContextVar("held_settings", default=None)


def declare(key: str, default: Any, *, unit: str = "", help_: str) -> str:
    """Declare a setting; returns its key."""
    _declared[key] = Declared(key, default, unit, help_)
    return key


def declared() -> list[Declared]:
    """All of them, by key."""
    return [_declared[key] for key in sorted(_declared)]


def get(key: str, area: str | None = None) -> Any:
    """The value in force: the area's own, else the general one, else the default.

    Raises:
        KeyError: if nobody declared the setting.
    """
    default = _declared[key].default
    values = _values(key)
    general = values.get(None, default)
    return values.get(area, general) if area else general


@contextlib.contextmanager
def held() -> Iterator[None]:
    """In this block settings are what they were when the first was asked for: one statement for all questions of a piece of work.

    For work that lasts a moment and asks per event or per outage, and changes no setting itself.
    """
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def _values(key: str) -> dict[str | None, Any]:
    """Every value of a setting, by area (None: the general one)."""
    kept = _held.get()
    if kept is None:
        return dict(list(Setting.objects.filter(key=key).values_list("area__key", "value")))
    if not kept:
        kept[""] = {}  # so that a table without rows is asked once as well
        for name, area, value in Setting.objects.values_list("key", "area__key", "value"):
            kept.setdefault(name, {})[area] = value
    return kept.get(key, {})


def values(prefix: str) -> dict[str, Any]:
    """The general values in force of all settings whose key begins so, in one question."""
    found = {key: one.default for key, one in _declared.items() if key.startswith(prefix)}
    rows = Setting.objects.filter(key__startswith=prefix, area=None).values_list("key", "value")
    return found | {key: value for key, value in rows if key in found}
