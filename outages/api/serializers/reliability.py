"""What is asked and told of the ledger and of figures."""

from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from outages.api.serializers.shared import Period, maybe


class InterruptionQuery(Period, PageQuery):
    """Which rows of the ledger."""

    outage = maybe(Key)
    area, feeder = Text(60), Text()
    superseded = serializers.BooleanField(default=False, help_text="Also rows replaced by a correction.")


class IndicesQuery(Period):
    """Which figures. Without `from`, of the last 365 days; `to` is never later than now."""

    area, feeder = Text(60), Text()
    by = serializers.ChoiceField(["area", "substation", "feeder", "cause", "device"], required=False, default="")
    border_minutes = Number(min_value=0, max_value=60, default=5.0, help_text="Up to so long it is momentary.")
    kind = serializers.ChoiceField(["unplanned", "planned", "both"], default="unplanned")
    rows = serializers.BooleanField(default=True, help_text="List the ledger rows behind each figure.")


class FiguresTold(Output):
    """Figures of a period; null where nobody is served, or where it was over before the ledger begins."""

    customers_served = Number(help_text="The mean of the days whose number was kept, else those connected now.")
    saifi = Number(allow_null=True)
    saidi_min = Number(allow_null=True)
    caidi_min = Number(allow_null=True)
    maifi = Number(allow_null=True)
    asai = Number(allow_null=True)
    ci = serializers.IntegerField(help_text="Sustained interruptions of customers.")
    cmi = Number(help_text="Their minutes.")
    momentary = serializers.IntegerField(help_text="Momentary interruptions of customers.")
    events = serializers.IntegerField()
    open_rows = serializers.IntegerField()
    provisional_rows = serializers.IntegerField()
    rows = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))


class Group(Output):
    """Figures of one area, substation or feeder, related to its own customers; of a cause or device, to all."""

    key = serializers.CharField()
    figures = FiguresTold()


class DayIndicesQuery(PageQuery):
    """Which days."""

    first = serializers.DateField(required=False, default=None, allow_null=True, help_text="The first local day.")
    last = serializers.DateField(required=False, default=None, allow_null=True, help_text="The last one.")
    area = Text(60)
    versions = serializers.BooleanField(default=False, help_text="Also what was told before a restatement.")


class DayIndicesTold(Output):
    """Indices of a local day as the daily job kept them (S09, X11)."""

    day = serializers.DateField()
    area = serializers.CharField(source="area.key", allow_null=True, default=None, help_text="null: everything")
    version = serializers.IntegerField(help_text="More than 1: restated after a correction of the ledger.")
    is_latest = serializers.BooleanField()
    border_minutes = Number()
    computed_at = Time()
    figures = serializers.DictField()


class IndicesTold(Output):
    """IEEE 1366 figures."""

    border_minutes = Number()
    kind = serializers.CharField()
    area = serializers.CharField()
    feeder = serializers.CharField()
    ledger_begins = serializers.DateField(
        allow_null=True, help_text="Nothing is known of days before; null: the ledger is empty yet."
    )
    figures = FiguresTold()
    groups = Group(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {"from": Time(source="begin"), "to": Time(source="end"), **super().get_fields()}
