"""Requests made from the OpenAPI description: what it promises to take, and what it does not, by hypothesis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

METHODS = ("get", "post", "put", "patch", "delete")
#: What no field means: each has broken somebody's API before.
HOSTILE = (
    None, True, 0, -1, 2**63, 10**30, 1e308, -0.0, "", " ", "\x00", "a\x00b", "\ud7ff" * 300, "é" * 2000, "'; --", "%s%n", "../../etc/passwd",
    "<script>", "=1+1", "0001-01-01T00:00:00Z", "0192-03-17T23:59:59-05:50", "9999-12-31T23:59:59.999999+14:00", "2026-02-30", "NaN",
    [], {}, [[]], {"a": {}}, [None] * 50,
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from(["SWN", "twin", "twin-north", "CBN", "outage:1", "crew", "open"])
)
_DATES = ("2026-03-01", "2026-10-25", "2026-02-29")
_TIMES = ("2026-03-01T10:00:00Z", "2026-03-29T02:30:00+01:00", "2026-10-25T02:30:00", "2026-03-01T10:00:00")


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    told: Mapping[str, Any] = field(hash=False, compare=False)

    @property
    def name(self) -> str:
        """For the report."""
        return f"{self.method.upper()} {self.path}"


@dataclass(frozen=True)
class Case:
    """One request."""

    url: str
    body: bytes | None


def operations(schema: Mapping[str, Any]) -> list[Operation]:
    """All that is described, by address."""
    return [
        Operation(method, path, told)
        for path, methods in sorted(schema["paths"].items())
        for method, told in methods.items()
        if method in METHODS
    ]


@st.composite
def cases(
    draw: st.DrawFn,
    schema: Mapping[str, Any],
    operation: Operation,
    known: Mapping[str, list[str]],
    *,
    only_known: bool = False,
) -> Case:
    """Requests for an operation. `known` are values that exist, by the name of the parameter: among others, or the only ones."""
    path, query = operation.path, {}
    for one in operation.told.get("parameters", ()):
        there = st.sampled_from(known[one["name"]]) if one["name"] in known else st.nothing()
        others = st.one_of(_value(schema, one.get("schema", {})), st.sampled_from(HOSTILE))
        value = draw(there if only_known and one["name"] in known else st.one_of(there, others))
        text = value if isinstance(value, str) else json.dumps(value)
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", quote(text, safe="") or "-")
        elif one.get("required") or draw(st.booleans()):
            query[one["name"]] = text
    url = path + (f"?{urlencode(query)}" if query else "")
    takes = operation.told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if takes is None:
        return Case(url, None)
    return Case(url, json.dumps(draw(_body(schema, takes))).encode())


@st.composite
def _body(draw: st.DrawFn, schema: Mapping[str, Any], takes: Mapping[str, Any]) -> Any:
    """As promised; or with one field, or the whole, replaced by what nobody means."""
    body = draw(_value(schema, takes))
    spoil = draw(st.sampled_from(["not", "not", "field", "field", "without", "whole"]))
    if spoil == "whole":
        return draw(st.sampled_from(HOSTILE))
    if isinstance(body, dict) and body and spoil != "not":
        name = draw(st.sampled_from(sorted(body)))
        if spoil == "without":
            del body[name]
        else:
            body[name] = draw(st.sampled_from(HOSTILE))
    return body


def _value(schema: Mapping[str, Any], one: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """A value as a schema promises to take it."""
    if "$ref" in one:
        found: Any = schema
        for step in one["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return st.deferred(lambda: _value(schema, found))
    for key in ("oneOf", "anyOf"):
        if key in one:
            return st.one_of([_value(schema, part) for part in one[key]])
    if "allOf" in one:
        return _value(schema, one["allOf"][0])
    if "enum" in one:
        return st.sampled_from(one["enum"])
    kind = one.get("type", "string")
    if isinstance(kind, list):
        return st.one_of([_value(schema, {**one, "type": part}) for part in kind])
    return _OF_TYPE[kind](schema, one)


def _object(schema: Mapping[str, Any], one: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    parts = {name: _value(schema, part) for name, part in one.get("properties", {}).items() if not part.get("readOnly")}
    required = {name: parts.pop(name) for name in list(parts) if name in one.get("required", ())}
    if not parts and not required:
        return st.dictionaries(st.text(max_size=5), st.integers(), max_size=2)
    return st.fixed_dictionaries(required, optional=parts)


def _array(schema: Mapping[str, Any], one: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return st.lists(_value(schema, one.get("items", {})), min_size=one.get("minItems", 0), max_size=3)


def _string(_: Mapping[str, Any], one: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if one.get("format") == "date-time":
        return st.sampled_from(_TIMES)
    if one.get("format") == "date":
        return st.sampled_from(_DATES)
    if one.get("format") == "uuid":
        return st.uuids().map(str)
    return _TEXTS.map(lambda text: text[: one.get("maxLength", 200)])


def _number(_: Mapping[str, Any], one: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    low, high = one.get("minimum", -1000), one.get("maximum", 1000)
    return st.integers(int(low), max(int(low), int(high)))


_OF_TYPE = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
}
