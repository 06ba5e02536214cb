"""Findings and differences of stored versions, as the pages and the REST door list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from network.domain import finding_words
from network.domain.finding_words import Words
from network.selectors import version_maps

if TYPE_CHECKING:
    from network.models import ModelVersion

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class FindingClass:
    """One class of findings of a version: how many of each severity, the rows, and what it means."""

    key: str
    words: Words
    counts: dict[str, int]
    rows: list[dict[str, Any]]

    @property
    def severity(self) -> str:
        """The worst there is."""
        return next(one for one in SEVERITIES if self.counts[one])


def classes(version: "ModelVersion") -> list[FindingClass]:
    """The findings of a version by class: blocking classes first, then in the order of the gate."""
    found: dict[str, FindingClass] = {}
    for row in version.findings:
        key, words = finding_words.class_of(row["code"])
        one = found.setdefault(key, FindingClass(key, words, dict.fromkeys(SEVERITIES, 0), []))
        one.counts[row["severity"]] += row.get("count", 1)
        one.rows.append(row)
    order = finding_words.ORDER
    return sorted(found.values(), key=lambda one: (SEVERITIES.index(one.severity), order.index(one.key)))


def totals(found: Sequence[FindingClass]) -> dict[str, int]:
    """How many errors, warnings and notes."""
    return {severity: sum(one.counts[severity] for one in found) for severity in SEVERITIES}


def with_places(version: "ModelVersion", rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings with the mRID and file of their object, and the branch of the version's map where each is shown; None if nowhere."""
    file = version.source if "," not in version.source else ""
    named = [row | {"mrid": _mrid(row), "file": row.get("file") or (file if row["line"] else "")} for row in rows]
    if version.state == "discarded":
        return [row | {"branch": None} for row in named]
    places = version_maps.places(version.checksum, [row["mrid"] for row in named])
    return [row | {"branch": places.get(row["mrid"])} for row in named]


def _mrid(row: dict[str, Any]) -> str:
    """Of the object; readers write it behind the name: "Line 4 (a1b2)"."""
    name, _, mrid = row["object"].removesuffix(")").rpartition(" (")
    return str(row.get("mrid") or (mrid if name else row["object"]))


def chosen(
    rows: Sequence[dict[str, Any]], *, kind: str = "", cim_class: str = "", text: str = ""
) -> list[dict[str, Any]]:
    """The changes of one kind, class, or with a text in their name, mRID or values."""
    wanted = text.casefold()
    return [
        row
        for row in rows
        if (not kind or row["kind"] == kind)
        and (not cim_class or row["cim_class"] == cim_class)
        and (not wanted or wanted in _searched(row))
    ]


def _searched(row: dict[str, Any]) -> str:
    values = " ".join(f"{name} {was} {now}" for name, was, now in row["values"])
    return f"{row['name']} {row['mrid']} {values}".casefold()
