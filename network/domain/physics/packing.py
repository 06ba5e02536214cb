"""A circuit as bytes and back: rows without names, compressed. A version number guards against rows of another shape."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from network.domain.physics.circuit import (
    Bus,
    Circuit,
    Generator,
    Line,
    LineCode,
    Load,
    Response,
    Shunt,
    ShuntControl,
    Source,
    Switch,
    TapChanger,
    TapControl,
    Transformer,
    Winding,
)

_VERSION = 1
_TABLES: dict[str, type] = {
    "lines": Line,
    "switches": Switch,
    "transformers": Transformer,
    "shunts": Shunt,
    "loads": Load,
    "generators": Generator,
    "sources": Source,
}


def to_bytes(circuit: Circuit) -> bytes:
    """Everything but the findings' order is kept; equal circuits give equal bytes."""
    document: dict[str, Any] = {
        "version": _VERSION,
        "name": circuit.name,
        "frequency_hz": circuit.frequency_hz,
        "buses": [_row(bus) for bus in circuit.buses.values()],
        "line_codes": {name: _row(code) for name, code in circuit.line_codes.items()},
        "findings": circuit.findings,
    }
    for table in _TABLES:
        document[table] = [_row(record) for record in getattr(circuit, table)]
    return zlib.compress(orjson.dumps(document), 6)


def from_bytes(packed: bytes) -> Circuit:
    """The circuit again.

    Raises:
        ValueError: the bytes are no circuit, or one of another version.
    """
    try:
        document = orjson.loads(zlib.decompress(packed))
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise ValueError(f"not a circuit: {error}") from None
    if document.get("version") != _VERSION:
        raise ValueError(f"a circuit of version {document.get('version')}, {_VERSION} is understood")
    circuit = Circuit(document["name"], document["frequency_hz"], findings=document["findings"])
    circuit.buses = {row[0]: Bus(*_tuples(row)) for row in document["buses"]}
    circuit.line_codes = {name: LineCode(*_tuples(row)) for name, row in document["line_codes"].items()}
    for table, kind in _TABLES.items():
        make = _SPECIAL.get(table) or kind
        setattr(circuit, table, [make(*_tuples(row)) for row in document[table]])
    return circuit


def _row(record: Any) -> list[Any]:
    return [_value(getattr(record, name)) for name in record.__slots__]


def _value(value: Any) -> Any:
    if hasattr(value, "__slots__"):
        return _row(value)
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return value


def _tuples(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(_tuples(one) if isinstance(one, list) else one for one in row)


def _maybe(kind: Callable[..., Any], row: tuple[Any, ...] | None) -> Any:
    return None if row is None else kind(*row)


def _make(kind: Callable[..., Any], *values: Any) -> Any:
    return kind(*values)


def _taps(*values: Any) -> Any:
    return _make(TapChanger, *values[:-1], _maybe(TapControl, values[-1]))


def _winding(*values: Any) -> Any:
    return _make(Winding, *values[:-1], _maybe(_taps, values[-1]))


def _transformer(mrid: str, name: str, bank: str, windings: Any, *rest: Any) -> Transformer:
    return Transformer(mrid, name, bank, tuple(_winding(*row) for row in windings), *rest)


def _shunt(*values: Any) -> Any:
    return _make(Shunt, *values[:-1], _maybe(ShuntControl, values[-1]))


def _load(*values: Any) -> Any:
    return _make(Load, *values[:-1], Response(*values[-1]))


_SPECIAL: dict[str, Callable[..., Any]] = {"transformers": _transformer, "shunts": _shunt, "loads": _load}
