"""What the files of an operated model said, as the blob that was stored with its version."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from network.models import ModelRecords, ModelVersion


@dataclass(frozen=True, slots=True)
class StoredRecords:
    """The published version of a model and its blob, empty where the version was made without files."""

    key: str
    name: str
    version: int
    version_id: int
    blob: bytes
    generated: dict[str, Any] | None = None  # what a synthetic utility was made of
    checksum: str = ""


def published(model: str) -> StoredRecords:
    """Of the running version of a model, given by key, name or mRID.

    Raises:
        NotFound: no such model is published.
    """
    named = Q(model__key=model) | Q(model__name=model) | Q(model__mrid=model)
    version = ModelVersion.objects.filter(named, state="published").only(
        "number", "checksum", "summary", "model__key", "model__name"
    )
    found = version.select_related("model").order_by("model__key").first()
    if found is None:
        raise NotFound(_("no network model %(model)s is published") % {"model": f"{model!r}"}, model=model)
    blob = ModelRecords.objects.filter(version=found).values_list("records", flat=True).first()
    generated = found.summary.get("generated")
    return StoredRecords(
        found.model.key, found.model.name, found.number, found.pk, bytes(blob or b""), generated, found.checksum
    )


def of_version(version_id: int, *, most_nodes: int) -> bytes:
    """The blob of one version, empty where it was made without files or has more nodes than that."""
    nodes = ModelVersion.objects.values_list("summary__nodes", flat=True).get(pk=version_id)
    if (nodes or 0) > most_nodes:
        return b""
    blob = ModelRecords.objects.filter(version_id=version_id).values_list("records", flat=True).first()
    return bytes(blob or b"")
