"""Calls, outages, the ledger and reliability figures: one call inward each."""

import dataclasses
import datetime as dt
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from outages.api import serializers
from outages.models import Outage as Row
from outages.selectors import calls as reported
from outages.selectors import day_indices, ledger_begin, outages, reliability
from outages.services import calls, lifecycle

CALLS, OUTAGES, RELIABILITY = "calls", "outages", "reliability"
A_YEAR = dt.timedelta(days=365)


class Calls(Endpoint):
    """/calls."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation("List calls", tag=CALLS, query=serializers.CallQuery, tells=serializers.CallTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Trouble calls of your areas, newest first."""
        query = self.query(serializers.CallQuery)
        found = reported.calls(
            self.actor, area=query["area"], outage=query["outage"], source=query["source"], hazard=query["hazard"]
        )
        return self.page(found, query, serializers.CallTold)

    @schema.operation("Enter a call", tag=CALLS, takes=serializers.EnterCall, tells=serializers.CallTaken, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A trouble call; the same `mrid` of the same sender again answers 200 with the first one and changes nothing."""
        report = _report(self.body(serializers.EnterCall), source=self.actor.name, at=self.at)
        call = calls.record_call(actor=self.actor, report=report, at=self.at)
        is_new = call.recorded_at == self.at
        return Response(serializers.CallTaken(call).data, status=201 if is_new else 200)


class Outages(Endpoint):
    """/outages."""

    @schema.operation(
        "List outages", tag=OUTAGES, query=serializers.OutageQuery, tells=serializers.OutageTold, is_page=True
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Outages, the most urgent first."""
        query = self.query(serializers.OutageQuery)
        found = outages.outages(self.actor, going_on=query["is_going_on"], state=query["state"], area=query["area"])
        return self.page(found, query, serializers.OutageTold)


class Outage(Endpoint):
    """/outages/{id}."""

    @schema.operation("Show an outage", tag=OUTAGES, tells=serializers.OutageDetail)
    def get(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """With its explanation, timeline, evidence, crews and interruptions."""
        found = outages.outage(self.actor, outage_id)
        return Response(serializers.OutageTold(found).data | _detail(found))


class Acknowledge(Endpoint):
    """/outages/{id}/acknowledge."""

    @schema.operation("Acknowledge an outage", tag=OUTAGES, tells=serializers.OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Somebody has seen it."""
        return _told(lifecycle.acknowledge(actor=self.actor, outage_id=outage_id, at=self.at))


class Confirm(Endpoint):
    """/outages/{id}/confirm."""

    @schema.operation("Confirm an outage", tag=OUTAGES, takes=serializers.Confirm, tells=serializers.OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """The device is known to be open: from now on only people move the outage."""
        given = self.body(serializers.Confirm)
        since = given["occurred_at"]
        return _told(lifecycle.confirm(actor=self.actor, outage_id=outage_id, occurred_at=since, at=self.at))


class Restore(Endpoint):
    """/outages/{id}/restore."""

    @schema.operation("Restore an outage", tag=OUTAGES, takes=serializers.Restore, tells=serializers.OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Everybody still out of this outage is back since `occurred_at`."""
        given = self.body(serializers.Restore)
        since = given["occurred_at"]
        return _told(lifecycle.restore(actor=self.actor, outage_id=outage_id, occurred_at=since, at=self.at))


class Complete(Endpoint):
    """/outages/{id}/complete."""

    @schema.operation("Complete an outage", tag=OUTAGES, takes=serializers.Complete, tells=serializers.OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Fill in the report of a restored outage."""
        given = self.body(serializers.Complete)
        return _told(
            lifecycle.complete(
                actor=self.actor, outage_id=outage_id, cause=given["cause"], remedy=given["remedy"], at=self.at
            )
        )


class Cancel(Endpoint):
    """/outages/{id}/cancel."""

    @schema.operation("Cancel an outage", tag=OUTAGES, takes=serializers.CancelOutage, tells=serializers.OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """It was none."""
        given = self.body(serializers.CancelOutage)
        reason = given["reason"]
        return _told(lifecycle.cancel(actor=self.actor, outage_id=outage_id, reason=reason, at=self.at))


class Etr(Endpoint):
    """/outages/{id}/etr."""

    @schema.operation(
        "Set the expected time of restoration", tag=OUTAGES, takes=serializers.SetEtr, tells=serializers.OutageTold
    )
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """When supply is expected back; what a person said is never overwritten by the machine."""
        given = self.body(serializers.SetEtr)
        return _told(lifecycle.set_etr(actor=self.actor, outage_id=outage_id, etr_at=given["etr_at"], at=self.at))


class Interruptions(Endpoint):
    """/interruptions."""

    reads: ClassVar[tuple[str, ...]] = ("read_reliability",)

    @schema.operation(
        "List interruptions",
        tag=RELIABILITY,
        query=serializers.InterruptionQuery,
        tells=serializers.InterruptionTold,
        is_page=True,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The ledger: the only base of reliability figures, in order of the beginning."""
        query = self.query(serializers.InterruptionQuery)
        found = reliability.ledger(
            begin=query["from"],
            end=query["to"],
            outage=query["outage"],
            area=query["area"],
            feeder=query["feeder"],
            superseded=query["superseded"],
        )
        return self.page(found, query, serializers.InterruptionTold)


class Indices(Endpoint):
    """/indices."""

    reads: ClassVar[tuple[str, ...]] = ("read_reliability",)

    @schema.operation(
        "Show reliability indices", tag=RELIABILITY, query=serializers.IndicesQuery, tells=serializers.IndicesTold
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """SAIFI, SAIDI, CAIDI, MAIFI and ASAI, each with the ledger rows behind it, in total and by area or feeder."""
        query = self.query(serializers.IndicesQuery)
        end = min(query["to"] or self.at, self.at)
        asked: dict[str, Any] = {
            "begin": min(query["from"] or end - A_YEAR, end),
            "end": end,
            "border_minutes": query["border_minutes"],
            "kind": query["kind"],
        }
        total = reliability.figures(**asked, area=query["area"] or None, feeder=query["feeder"] or None)
        parts = reliability.groups(**asked, by=query["by"]) if query["by"] else {}
        told = {
            **asked,
            "area": query["area"],
            "feeder": query["feeder"],
            "ledger_begins": ledger_begin.first_day(),
            "figures": _figures(total, with_rows=query["rows"]),
            "groups": [{"key": key, "figures": _figures(one, with_rows=query["rows"])} for key, one in parts.items()],
        }
        return Response(serializers.IndicesTold(told).data)


class IndexDays(Endpoint):
    """/indices/days."""

    reads: ClassVar[tuple[str, ...]] = ("read_reliability",)

    @schema.operation(
        "List the indices of days",
        tag=RELIABILITY,
        query=serializers.DayIndicesQuery,
        tells=serializers.DayIndicesTold,
        is_page=True,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """What the daily job kept, in order of the days; a restated day is a new version of it."""
        query = self.query(serializers.DayIndicesQuery)
        found = day_indices.days(
            first=query["first"], last=query["last"], area=query["area"], versions=query["versions"]
        )
        return self.page(found, query, serializers.DayIndicesTold)


def _told(outage: Row) -> Response:
    return Response(serializers.OutageTold(outage).data)


def _detail(found: Row) -> dict[str, Any]:
    """What a list does not tell."""
    return {
        "explanation": serializers.Sentence(outages.explanation(found), many=True).data,
        "timeline": serializers.Entry(found.entries.all(), many=True).data,
        "evidence": serializers.EvidenceTold(outages.evidence(found), many=True).data,
        "calls": [call.pk for call in outages.calls(found)],
        "crews": serializers.CrewOn(outages.assignments(found), many=True).data,
        "interruptions": serializers.InterruptionTold(outages.ledger(found), many=True).data,
        "nested": [one.pk for one in found.nested.order_by("pk")],
    }


def _report(given: dict[str, Any], *, source: str, at: dt.datetime) -> calls.CallReport:
    place = given["usage_point"]
    if place is None:
        place = reported.usage_point(
            mrid=given["usage_point_mrid"], name=given["usage_point_name"], account_number=given["account_number"]
        )
    said = ("mrid", "caller_name", "phone", "address", "hazard", "comment", "wants_callback", "area")
    return calls.CallReport(
        usage_point_id=place,
        reported_at=given["reported_at"] or at,
        trouble_codes=tuple(given["trouble_codes"]),
        source=source,
        **{name: given[name] for name in said},
    )


def _figures(found: reliability.Figures, *, with_rows: bool) -> dict[str, Any]:
    told = {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}
    return told | {"rows": found.rows if with_rows else {}}
