"""Temporary elements as lists and panels tell of them."""

from typing import Any

from django.db.models import Q, QuerySet

from adms.core.selectors import persons
from network.models import Commissioning, Equipment, TemporaryElement
from network.selectors import abnormal, equipment, state
from network.selectors.state import NetworkState

#: What the map writes in their boxes.
WORDS = {"cut": "CUT", "jumper": "JUMPER", "ground": "EARTH", "generation": "GEN"}


def rows(model: str, *, is_standing: bool | None = True) -> QuerySet[TemporaryElement]:
    """The elements of a model, the latest first; those that stand, those that are gone, or (None) both."""
    found = TemporaryElement.objects.select_related("area", "model").filter(model_id=state.published_model_id(model))
    if is_standing is not None:
        found = found.filter(removed_at__isnull=is_standing)
    return found.order_by("-placed_at", "-pk")


def at(found: Equipment) -> list[dict[str, Any]]:
    """The elements that stand in or at a piece of equipment, in words."""
    mine = Q(equipment_mrid=found.mrid) | Q(other_equipment_mrid=found.mrid)
    standing = list(rows(found.version.model.key).filter(mine))
    mrids = {mrid for row in standing for mrid in (row.equipment_mrid, row.other_equipment_mrid) if mrid}
    named = {row.mrid: row for row in equipment.published(found.version.model.key).filter(mrid__in=mrids)}
    told = [
        {
            "mrid": row.mrid,
            "kind": row.get_kind_display(),
            "name": row.name,
            "words": abnormal.words(state.element(row), named),
            "reason": row.reason,
            "by": row.placed_by,
            "at": row.placed_at,
        }
        for row in standing
    ]
    return persons.with_names(told, "by")


def marks(shown: NetworkState) -> list[dict[str, Any]]:
    """Where the elements of a state stand on the map, with the word that is drawn there."""
    base, elements = shown.fitted.base, shown.fitted.overlay.elements
    mrids = {place.equipment for one in elements for place in (one.place, one.other)}
    named = {row.mrid: row for row in equipment.published(shown.model).filter(mrid__in=mrids)} if elements else {}
    return [
        {
            "branch": abnormal.site(shown.fitted, one),
            "other": base.branch_index(one.other.equipment) if one.other.equipment else -1,
            "kind": one.kind,
            "word": WORDS[one.kind],
            "name": one.name,
            "text": abnormal.words(one, named),
        }
        for one in elements
    ]


def commissioning(found: Equipment) -> Commissioning | None:
    """How a piece of equipment stands in its life; None where nobody ever said."""
    return Commissioning.objects.filter(model_id=found.version.model_id, equipment_mrid=found.mrid).first()
