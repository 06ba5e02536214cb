"""What is kept of a version beside its grid, packed: the customers it brought, how it differs from the one published then."""

import zlib
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

import orjson

from integration.models import Dossier
from metering.selectors import supplied
from network.domain import comparison
from network.domain.comparison import Comparison, Contents
from network.domain.draft import ModelDraft, UsagePoint
from network.selectors import contents as stored
from network.selectors import versions

if TYPE_CHECKING:
    from network.models import ModelVersion

_FIELDS = [field.name for field in fields(UsagePoint)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored comparison: with which version, how many by kind and class, the rows."""

    compared_with: int | None
    counts: dict[str, dict[str, int]]
    changes: list[dict[str, Any]]


def keep_customers(version_id: int, points: Iterable[UsagePoint]) -> None:
    """Keep the customers a version brought, so that it can be published once more."""
    packed = _packed({"fields": _FIELDS, "rows": [astuple(point) for point in points]})
    Dossier.objects.update_or_create(version_id=version_id, defaults={"customers": packed})


def customers(version_id: int) -> list[UsagePoint] | None:
    """The customers a version brought; None where they were not kept."""
    packed = Dossier.objects.filter(version_id=version_id).values_list("customers", flat=True).first()
    if not packed:
        return None
    content = _unpacked(bytes(packed))
    return [UsagePoint(**dict(zip(content["fields"], row, strict=True))) for row in content["rows"]]


def keep_difference(version_id: int, found: Comparison | None, compared_with: int | None) -> None:
    """Keep how a version differs from the published one; None where nothing was published."""
    counts = found.counts if found else {}
    packed = _packed({"counts": counts, "changes": [asdict(one) for one in found.changes] if found else []})
    values = {"comparison": packed, "compared_with": compared_with}
    Dossier.objects.update_or_create(version_id=version_id, defaults=values)


def difference(version_id: int) -> Difference | None:
    """The stored comparison of a version; None where there was none."""
    row = Dossier.objects.filter(version_id=version_id).values_list("comparison", "compared_with").first()
    if row is None or not row[0]:
        return None
    content = _unpacked(bytes(row[0]))
    return Difference(row[1], content["counts"], content["changes"])


def compared_with(version_id: int) -> int | None:
    """The number of the version it was compared with; None where there was none."""
    return Dossier.objects.filter(version_id=version_id).values_list("compared_with", flat=True).first()


def contents_of_version(version: "ModelVersion") -> Contents:
    """The contents of a stored version, with the customers it brought, or those of the moment if it is published."""
    points = customers(version.pk)
    if points is None:
        found = supplied.by_usage_point(version.model.key) if version.state == "published" else {}
    else:
        found = {point.mrid: point.equipment_mrid for point in points}
    return stored.contents(version, found)


def compare_draft(draft: ModelDraft, contents: Contents) -> tuple[Comparison | None, int | None]:
    """How a draft differs from the published version of its model, and the number of that; None where there is none."""
    running = versions.running(name=draft.name, mrid=draft.mrid)
    if running is None:
        return None, None
    return comparison.compare(contents_of_version(running), contents), running.number


def compare_again(version: "ModelVersion") -> None:
    """Compare a stored version with the one that is published now."""
    running = versions.running(key=version.model.key)
    if running is None:
        keep_difference(version.pk, None, None)
    else:
        found = comparison.compare(contents_of_version(running), contents_of_version(version))
        keep_difference(version.pk, found, running.number)


def _packed(content: Any) -> bytes:
    return zlib.compress(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), 1)


def _unpacked(packed: bytes) -> Any:
    return orjson.loads(zlib.decompress(packed))
