"""Versions of network models: what was imported when, by whom, and what was wrong with it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from network.models import ModelVersion


def versions(*, model: str = "", state: str = "") -> QuerySet[ModelVersion]:
    """Versions by model, the newest first; without their grids."""
    found = ModelVersion.objects.select_related("model").defer("grid").order_by("model__key", "-number")
    if model:
        found = found.filter(model__key=model)
    return found.filter(state=state) if state else found


def version(model: str, number: int) -> ModelVersion:
    """One version.

    Raises:
        NotFound: there is none.
    """
    found = versions(model=model).filter(number=number).first()
    if found is None:
        raise NotFound(
            _("no version %(number)s of %(model)s") % {"number": number, "model": model}, model=model, version=number
        )
    return found


def running(*, name: str = "", mrid: str = "", key: str = "") -> ModelVersion | None:
    """The published version of the model of this key, else mRID, else name, as an import would find it; without its grid."""
    published = versions(state="published")
    if key:
        return published.filter(model__key=key).first()
    found = published.filter(model__mrid=mrid).first() if mrid else None
    return found or published.filter(model__name=name).first()


def operated() -> list[dict[str, Any]]:
    """The published models: key, name, version and how many customers, by key."""
    rows = versions(state="published").values_list("model__key", "model__name", "number", "summary__customers")
    return [{"key": key, "name": name, "version": number, "customers": count or 0} for key, name, number, count in rows]
