"""The interfaces of interfaces.toml, and the page of the documentation that is written from them and from the registry."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from integration.cim import registry
from integration.cim.irm import Domain, Pattern
from integration.cim.registry import Direction, Row

STATES = ("works", "part", "not yet")
_TABLE = Path(__file__).with_name("interfaces.toml")
#: The one pattern that is no row's: it is asked for by the header of a message.
_FORGET = "every event in whose header says AckRequired false: 202 without a body once it is kept"
#: What goes as a document to an address of its own rather than as a message.
_DOCUMENTS = {
    Domain.I2: "network models and difference models, in and out",
    Domain.I3: "bus-branch models out, results of a load-flow engine in",
    Domain.I5: "network models and difference models of projects, held as versions at the gate until they are published",
}
_HEAD = """# Interfaces

Every interface the product must serve, with its state and the test that proves it.
States: **works**, **part** (what is missing is said), not yet. Ids are those of the interface list the product is built against.

This page is written by `manage.py interfaces --write` from integration/cim/interfaces.toml and the registry of messages
(integration/cim/registry.py); a test holds it to them. Change those, not this page.
"""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface of the utility. `messages` are keys of registry rows, `proof` paths or patterns of tests."""

    id: str
    use_case: str
    source: str
    destination: str
    state: str
    how: str = ""
    messages: tuple[str, ...] = ()
    proof: tuple[str, ...] = ()


@cache
def interfaces() -> tuple[Interface, ...]:
    """All of them, in the order of the list."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return tuple(
        Interface(
            id=key,
            use_case=one["use_case"],
            source=one["source"],
            destination=one["destination"],
            state=one["state"],
            how=one.get("how", ""),
            messages=tuple(one.get("messages", ())),
            proof=tuple(one.get("proof", ())),
        )
        for key, one in table.items()
    )


def served_by(row: Row) -> tuple[str, ...]:
    """The ids of the interfaces a message serves."""
    return tuple(one.id for one in interfaces() if row.key in one.messages)


def page() -> str:
    """docs/interfaces.md."""
    parts = (_HEAD, _of_interfaces(), _of_messages(), _of_domains(), _of_patterns())
    return "\n".join(parts)


def _of_interfaces() -> str:
    rows = (
        (
            one.id,
            one.use_case,
            f"{one.source} → {one.destination}",
            one.state if one.state == "not yet" else f"**{one.state}**",
            one.how,
            ", ".join(one.proof),
        )
        for one in interfaces()
    )
    return _table(("id", "use case", "from → to", "state", "how", "proof"), rows)


def _of_messages() -> str:
    rows = (
        (
            f"`{row.verb}({row.noun})`",
            row.direction.value,
            f"{row.domain.name} {row.domain.value}",
            row.pattern.value,
            f"{row.schema}.xsd",
            f"`{row.action}`" if row.direction is Direction.IN else "",
            ", ".join(served_by(row)),
        )
        for row in sorted(registry.ROWS, key=lambda row: (row.noun, row.direction.value, row.verb))
    )
    words = (
        "## Messages\n\nWhat is taken and sent, seen from us. A partner may send what its account lists, and its account must"
        "\nhold the right; schemas are in integration/cim/schemas.\n\n"
    )
    return words + _table(("message", "way", "domain", "pattern", "schema", "right", "serves"), rows)


def _of_domains() -> str:
    rows = ((one.name, one.value, _nouns(one), _DOCUMENTS.get(one, ""), _ids(_rows_of(one))) for one in Domain)
    words = (
        "## Interface reference model\n\nThe eleven domains of IEC 61968-2 and what the bus exchanges with each.\n\n"
    )
    return words + _table(("domain", "", "nouns", "documents", "serves"), rows)


def _of_patterns() -> str:
    rows = ((one.value, _named(row for row in registry.ROWS if row.pattern is one)) for one in Pattern)
    return "## Patterns of exchange\n\n" + _table(("pattern", "messages"), rows)


def _rows_of(domain: Domain) -> list[Row]:
    return [row for row in registry.ROWS if row.domain is domain]


def _nouns(domain: Domain) -> str:
    return ", ".join(sorted({row.noun for row in _rows_of(domain)})) or "none by message"


def _ids(rows: list[Row]) -> str:
    served = {key for row in rows for key in served_by(row)}
    return ", ".join(one.id for one in interfaces() if one.id in served)


def _named(rows: Iterator[Row]) -> str:
    return ", ".join(sorted(f"{row.verb}({row.noun}) {row.direction.value}" for row in rows)) or _FORGET


def _table(names: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [names, tuple("---" for _ in names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
