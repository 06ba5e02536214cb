"""Alarms under /api/v1/: list, acknowledge, shelve, kinds and rates; one call inward each."""

import dataclasses
import datetime as dt
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core import alarms
from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.models import Alarm
from adms.core.selectors import alarms as reading
from adms.core.services import alarms as writing

ALARMS = "alarms"


class AlarmTold(Output):
    """An alarm that is open: it stands, or nobody has acknowledged it."""

    id = serializers.IntegerField()
    definition = serializers.CharField()
    title = serializers.SerializerMethodField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    area = serializers.CharField(source="area.key")
    priority = serializers.IntegerField()
    text = serializers.CharField()
    cause = serializers.CharField(help_text="Alarms of one cause are one group.")
    is_active = serializers.BooleanField()
    is_acknowledged = serializers.BooleanField()
    is_shelved = serializers.BooleanField()
    occurrences = serializers.IntegerField()
    latest = serializers.IntegerField(help_text="Its last transition: what an acknowledgement has to have seen.")
    raised_at = Time()
    returned_at = Time(allow_null=True)
    acknowledged_at = Time(allow_null=True)
    acknowledged_by = serializers.CharField()

    def get_title(self, row: Alarm) -> str:
        """The words of its kind."""
        return str(alarms.kind(row.definition).title)


class AlarmQuery(PageQuery):
    """Which alarms."""

    area = Text(60)
    definition = Text(60)
    priority = serializers.IntegerField(min_value=1, max_value=3, required=False)
    unacknowledged = serializers.BooleanField(default=False)


class AcknowledgeAlarms(Input):
    """What somebody has seen."""

    alarms = serializers.ListField(child=Key(), min_length=1, max_length=1000)
    seen = Key(help_text="The largest `latest` that was shown; what came later stays.")
    reason = Text(300)


class AcknowledgedTold(Output):
    """How it ended."""

    acknowledged = serializers.IntegerField()
    newer = serializers.IntegerField(help_text="Came again after what was seen.")
    elsewhere = serializers.IntegerField(help_text="In areas of others.")


class ShelveAlarm(Input):
    """For how long and why."""

    hours = Number(allow_null=True, min_value=0, max_value=1000, help_text="null: until it returns to normal.")
    reason = Text(300)


class ShelfTold(Output):
    """An alarm put aside."""

    id = serializers.IntegerField()
    definition = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    area = serializers.CharField(source="area.key")
    until = Time()
    is_once = serializers.BooleanField()
    reason = serializers.CharField()
    shelved_by = serializers.CharField()
    shelved_at = Time()


class KindTold(Output):
    """A kind of alarm."""

    definition = serializers.CharField(source="declared.key")
    title = serializers.CharField(source="declared.title")
    response = serializers.CharField(source="declared.response", help_text="What whoever sees it is to do.")
    priority = serializers.IntegerField()
    is_enabled = serializers.BooleanField()


class ChangeKind(Input):
    """Another priority, or none."""

    priority = serializers.IntegerField(min_value=1, max_value=3)
    is_enabled = serializers.BooleanField(default=True)
    reason = Text(300)


class RatesQuery(Input):
    """Of how many days until now."""

    days = serializers.IntegerField(min_value=1, max_value=366, default=30)


class RatesTold(Output):
    """Rates of announced alarms (ISA-18.2's measures)."""

    alarms = serializers.IntegerField()
    per_10_min = serializers.FloatField()
    per_hour = serializers.FloatField()
    per_day = serializers.FloatField()
    peak = serializers.IntegerField(help_text="Most within ten minutes.")
    periods_above = serializers.FloatField(help_text="Share of ten-minute periods above the limit of a flood.")
    flooded = serializers.FloatField(help_text="Share of the time in a flood.")
    floods = serializers.IntegerField()
    stale = serializers.IntegerField()
    by_priority = serializers.DictField(child=serializers.IntegerField())


class Alarms(Endpoint):
    """/alarms."""

    @schema.operation("List alarms", tag=ALARMS, query=AlarmQuery, tells=AlarmTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Open alarms of the areas one may see, the most urgent first."""
        query = self.query(AlarmQuery)
        rows = reading.opened(actor=self.actor).order_by("priority", "-raised_at", "-pk")
        wanted: dict[str, Any] = {"area__key": query["area"], "definition": query["definition"]}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        if query.get("priority"):
            rows = rows.filter(priority=query["priority"])
        if query["unacknowledged"]:
            rows = rows.filter(is_acknowledged=False)
        return self.page(rows, query, AlarmTold)


class Acknowledge(Endpoint):
    """/alarms/acknowledge."""

    @schema.operation("Acknowledge alarms", tag=ALARMS, takes=AcknowledgeAlarms, tells=AcknowledgedTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Only what there was when they were looked at is acknowledged."""
        body = self.body(AcknowledgeAlarms)
        done = writing.acknowledge(
            actor=self.actor, numbers=body["alarms"], seen=body["seen"], reason=body["reason"], at=self.at
        )
        return Response(AcknowledgedTold(done).data)


class Shelve(Endpoint):
    """/alarms/{id}/shelve."""

    @schema.operation("Shelve an alarm", tag=ALARMS, takes=ShelveAlarm, tells=ShelfTold)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Put it aside with a reason and an end."""
        body = self.body(ShelveAlarm)
        shelf = writing.shelve(actor=self.actor, number=number, hours=body["hours"], reason=body["reason"], at=self.at)
        return Response(ShelfTold(shelf).data)


class Shelves(Endpoint):
    """/alarms/shelves."""

    @schema.operation("List shelved alarms", tag=ALARMS, query=PageQuery, tells=ShelfTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """What is put aside, the next to come back first."""
        rows = [shelf for shelf, _ in reading.shelved(actor=self.actor)]
        return self.page(rows, self.query(PageQuery), ShelfTold)


class Unshelve(Endpoint):
    """/alarms/shelves/{id}."""

    @schema.operation("Put a shelved alarm back", tag=ALARMS, tells=ShelfTold)
    def delete(self, request: Request, shelf: int) -> Response:  # noqa: ARG002
        """Before its time."""
        return Response(ShelfTold(writing.unshelve(actor=self.actor, shelf_id=shelf, at=self.at)).data)


class Kinds(Endpoint):
    """/alarms/kinds."""

    @schema.operation("List kinds of alarms", tag=ALARMS, query=PageQuery, tells=KindTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """What may call somebody, and what they are to do."""
        return self.page(reading.kinds(), self.query(PageQuery), KindTold)


class KindOne(Endpoint):
    """/alarms/kinds/{definition}."""

    @schema.operation("Change a kind of alarm", tag=ALARMS, takes=ChangeKind, tells=KindTold)
    def put(self, request: Request, definition: str) -> Response:  # noqa: ARG002
        """Another priority, or off."""
        body = self.body(ChangeKind)
        writing.change_kind(actor=self.actor, definition=definition, at=self.at, **body)
        return Response(KindTold(next(one for one in reading.kinds() if one["declared"].key == definition)).data)


class Rates(Endpoint):
    """/alarms/rates."""

    @schema.operation("Show rates of alarms", tag=ALARMS, query=RatesQuery, tells=RatesTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """How loud it was."""
        begin = self.at - dt.timedelta(days=self.query(RatesQuery)["days"])
        told = reading.performance(actor=self.actor, begin=begin, end=self.at)
        mix = {str(priority): count for priority, (count, _) in told["mix"].items()}
        body = dataclasses.asdict(told["rates"]) | {
            "floods": told["floods"],
            "stale": told["stale"],
            "by_priority": mix,
        }
        return Response(RatesTold(body).data)
