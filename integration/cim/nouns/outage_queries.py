"""get(UnplannedOutages) and get(PlannedOutages): what a partner asks for, from the Request of the envelope.

StartTime and EndTime limit the time; an ID is an outage by mRID, or (objectType UsagePoint, or idType UsagePointNumber) a usage
point; options narrow by control area, feeder and device, choose `state` open or all, and a part of the answer by limit and offset.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim.errors import Case, MessageRefused, ObjectId
from integration.cim.nouns import options
from integration.cim.nouns.items import Parsed

if TYPE_CHECKING:
    from lxml import etree

    from integration.cim.envelope import Envelope

OPTIONS = ("area", "device", "feeder", options.LIMIT, options.OFFSET, "state")
MOST = 1_000
_USUAL = 200
_POINT = "usagepoint"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. An empty field asks for everything."""

    mrids: tuple[str, ...] = ()
    usage_points: tuple[str, ...] = ()
    start_at: dt.datetime | None = None
    end_at: dt.datetime | None = None
    area: str = ""
    feeder: str = ""
    device: str = ""
    is_open: bool = True
    limit: int = _USUAL
    offset: int = 0

    @property
    def object_id(self) -> ObjectId | None:
        """A question is about nothing in particular."""
        return None


def parse(payload: etree._Element | None, *, envelope: Envelope, received_at: dt.datetime) -> Parsed[Query]:  # noqa: ARG001
    """The one question of a request.

    Raises:
        MessageRefused: an option nobody knows, a number that is none, or a payload, which a question does not have.
    """
    if payload is not None:
        raise MessageRefused(Case.PAYLOAD_INVALID, "a question has no payload: ask in Request")
    asked = envelope.request
    if asked is None:
        return Parsed([Query()])
    told = options.of(asked, OPTIONS)
    limit, offset = options.part(told, usual=_USUAL, most=MOST)
    points = {one.value for one in asked.ids if _is_point(one)}
    return Parsed(
        [
            Query(
                mrids=tuple(one.value for one in asked.ids if not _is_point(one)),
                usage_points=tuple(sorted(points)),
                start_at=asked.start_at,
                end_at=asked.end_at,
                area=told.get("area", ""),
                feeder=told.get("feeder", ""),
                device=told.get("device", ""),
                is_open=_state(told.get("state", "open")),
                limit=limit,
                offset=offset,
            )
        ]
    )


def _is_point(one: ObjectId) -> bool:
    return one.object_type.lower() == _POINT or one.id_type.lower() == _POINT + "number"


def _state(text: str) -> bool:
    if text not in {"open", "all"}:
        raise MessageRefused(Case.PAYLOAD_INVALID, f"Option state is open or all, not {text}")
    return text == "open"
