"""What is asked and told of calls, outages, interruptions and reliability."""

import datetime as dt
from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from network.domain import phases as ph
from outages.domain.codes import CAUSES
from outages.domain.trouble_codes import DEFAULT as TROUBLE_CODES
from outages.models import Evidence, Interruption, Outage


def maybe(field: type[serializers.Field[Any, Any, Any, Any]], **kwargs: Any) -> Any:
    """A value that may be left out."""
    return field(required=False, allow_null=True, default=None, **kwargs)


class Period(Input):
    """From a moment to a moment; the names are words of Python or hide one, so they cannot be declared below."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is in the period, `to` is not."""
        return {**super().get_fields(), "from": maybe(Time), "to": maybe(Time)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It must have a length."""
        if attrs["from"] and attrs["to"] and attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"to": ["must lie after from"]})
        return attrs


# Calls


class CallQuery(PageQuery):
    """Which calls."""

    area = Text(60)
    source = Text(80)  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    outage = maybe(Key)
    hazard = maybe(serializers.BooleanField)


class EnterCall(Input):
    """A trouble call. The place is a usage point, named in one of four ways; without one it is a call from nowhere known."""

    usage_point = maybe(Key)
    usage_point_mrid, usage_point_name, account_number = Text(80), Text(80), Text(40)
    mrid = Text(80, help_text="The ticket's id in your system: the same again is the same call.")
    reported_at = maybe(Time)
    trouble_codes = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=20,
        required=False,
        default=["NO_POWER"],
        help_text=f"Others are kept too and count as OTHER: {', '.join(sorted(TROUBLE_CODES))}",
    )
    caller_name, phone, address, hazard = Text(150), Text(40), Text(200), Text(60)
    comment = Text(2000)
    wants_callback = serializers.BooleanField(default=False)
    area = Text(60, help_text="Where no usage point is known.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One name of the place is enough; two may disagree."""
        named = [n for n in ("usage_point_mrid", "usage_point_name", "account_number") if attrs[n]]
        if len(named) + (attrs["usage_point"] is not None) > 1:
            raise serializers.ValidationError({(named or ["usage_point"])[0]: ["name the place in one way only"]})
        return attrs


class CallTaken(Output):
    """A call as it was taken: nothing of the customer that the caller did not say."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    area = serializers.CharField(source="area.key")
    usage_point = serializers.IntegerField(source="usage_point_id", allow_null=True)
    trouble_codes = serializers.ListField(child=serializers.CharField())
    priority = serializers.IntegerField()
    outage = serializers.IntegerField(source="outage_id", allow_null=True)
    reported_at = Time()
    recorded_at = Time()
    taken_by = serializers.CharField()


class CallTold(CallTaken):
    """A call with who called and from where."""

    caller_name = serializers.CharField()
    phone = serializers.CharField()
    address = serializers.CharField()
    hazard = serializers.CharField()
    comment = serializers.CharField()
    wants_callback = serializers.BooleanField()


# Outages


class OutageQuery(PageQuery):
    """Which outages."""

    state = serializers.ChoiceField(Outage.State.choices, required=False, default="")
    area = Text(60)
    is_going_on = maybe(serializers.BooleanField)


class OutageTold(Output):
    """An outage."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    kind = serializers.ChoiceField(Outage.Kind.choices)
    state = serializers.ChoiceField(Outage.State.choices)
    confidence = serializers.ChoiceField(Outage.Confidence.choices)
    area = serializers.CharField(source="area.key")
    model = serializers.CharField(source="model_key")
    device = serializers.CharField(source="device_mrid")
    device_name = serializers.CharField()
    feeder = serializers.CharField()
    phases = serializers.SerializerMethodField()
    customers_affected = serializers.IntegerField()
    customers_out = serializers.IntegerField()
    critical_out = serializers.IntegerField()
    priority = serializers.IntegerField()
    started_at = Time()
    predicted_at = Time()
    confirmed_at = Time(allow_null=True)
    restored_at = Time(allow_null=True)
    completed_at = Time(allow_null=True)
    etr_at = Time(allow_null=True)
    etr_source = serializers.CharField()
    cause = serializers.CharField()
    remedy = serializers.CharField()
    cancelled_reason = serializers.CharField()
    parent = serializers.IntegerField(source="parent_id", allow_null=True)  # type: ignore[assignment]  # likewise
    work_order = serializers.IntegerField(source="work_order_id", allow_null=True)
    revision = serializers.IntegerField()

    def get_phases(self, outage: Outage) -> str:
        """As letters."""
        return ph.text(outage.phases)


class Sentence(Output):
    """One line of an explanation, the threshold behind it and the evidence it rests on."""

    key = serializers.CharField()
    text = serializers.CharField()
    value = Number(allow_null=True)
    threshold = Number(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    evidence = serializers.ListField(child=serializers.IntegerField())


class EvidenceTold(Output):
    """One thing that speaks for or against the outage."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Evidence.Kind.choices)
    occurred_at = Time()
    recorded_at = Time()
    weight = Number()
    reference = serializers.CharField()
    is_live = serializers.BooleanField(help_text="It says that somebody has supply.")
    settled_reason = serializers.CharField()
    usage_point = serializers.IntegerField(allow_null=True)
    device = serializers.CharField(source="equipment_mrid")


class Entry(Output):
    """One line of the timeline."""

    kind = serializers.CharField()
    text = serializers.CharField()
    actor = serializers.CharField()
    occurred_at = Time()
    recorded_at = Time()


class CrewOn(Output):
    """A crew on the outage."""

    assignment = serializers.IntegerField(source="id")
    crew = serializers.CharField(source="crew.key")
    crew_name = serializers.CharField(source="crew.name")
    state = serializers.CharField()
    assigned_at = Time()


class InterruptionTold(Output):
    """One row of the ledger: so many customers, off from then to then."""

    id = serializers.IntegerField()
    outage = serializers.IntegerField(source="outage_id")
    area = serializers.CharField(source="area.key")
    feeder = serializers.CharField()
    model = serializers.CharField(source="model_key")
    device = serializers.CharField(source="equipment_mrid", help_text="mRID of the service transformer.")
    phases = serializers.SerializerMethodField()
    customers = serializers.IntegerField()
    usage_points = serializers.ListField(child=serializers.IntegerField())
    connected_kva = Number(allow_null=True)
    began_at = Time()
    ended_at = Time(allow_null=True)
    duration_min = serializers.SerializerMethodField(help_text="null while it lasts")
    is_provisional = serializers.BooleanField(help_text="Rests on a prediction that nobody confirmed yet.")
    is_planned = serializers.BooleanField()
    excluded_reason = serializers.CharField()
    superseded_at = Time(allow_null=True)
    superseded_reason = serializers.CharField()

    def get_phases(self, row: Interruption) -> str:
        """As letters."""
        return ph.text(row.phases)

    def get_duration_min(self, row: Interruption) -> float | None:
        """Minutes without supply."""
        return (row.ended_at - row.began_at) / dt.timedelta(minutes=1) if row.ended_at else None


class OutageDetail(OutageTold):
    """All that is known of an outage."""

    explanation = Sentence(many=True)
    timeline = Entry(many=True)
    evidence = EvidenceTold(many=True)
    calls = serializers.ListField(child=serializers.IntegerField())
    crews = CrewOn(many=True)
    interruptions = InterruptionTold(many=True)
    nested = serializers.ListField(child=serializers.IntegerField())


class Confirm(Input):
    """Since when the device is known to be open."""

    occurred_at = maybe(Time)


class Restore(Input):
    """When supply came back."""

    occurred_at = Time(help_text="In the field.")


class Complete(Input):
    """The report."""

    cause = serializers.ChoiceField(sorted(CAUSES.items()))
    remedy = Text(80)


class CancelOutage(Input):
    """Why it is none."""

    reason = serializers.CharField(max_length=200)


class SetEtr(Input):
    """When supply is expected back."""

    etr_at = Time()


# Reliability


class InterruptionQuery(Period, PageQuery):
    """Which rows of the ledger."""

    outage = maybe(Key)
    area, feeder = Text(60), Text()
    superseded = serializers.BooleanField(default=False, help_text="Also rows replaced by a correction.")


class IndicesQuery(Period):
    """Which figures. Without `from`, of the last 365 days; `to` is never later than now."""

    area, feeder = Text(60), Text()
    by = serializers.ChoiceField(["area", "feeder"], required=False, default="")
    border_minutes = Number(min_value=0, max_value=60, default=5.0, help_text="Up to so long it is momentary.")
    kind = serializers.ChoiceField(["unplanned", "planned", "both"], default="unplanned")
    rows = serializers.BooleanField(default=True, help_text="List the ledger rows behind each figure.")


class FiguresTold(Output):
    """Figures of a period; null where nobody is served."""

    customers_served = serializers.IntegerField()
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
    """Figures of one area or feeder, related to its own customers."""

    key = serializers.CharField()
    figures = FiguresTold()


class IndicesTold(Output):
    """IEEE 1366 figures."""

    border_minutes = Number()
    kind = serializers.CharField()
    area = serializers.CharField()
    feeder = serializers.CharField()
    figures = FiguresTold()
    groups = Group(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {"from": Time(source="begin"), "to": Time(source="end"), **super().get_fields()}
