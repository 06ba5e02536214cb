"""What is asked and told of outages."""

from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from network.domain import phases as ph
from outages.api.serializers.shared import InterruptionTold, maybe
from outages.domain.codes import CAUSES
from outages.models import Evidence, Outage
from outages.selectors import timeline_words


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


class LineWords(serializers.CharField):
    """What a line of a timeline says."""

    def to_representation(self, value: Any) -> str:
        """In the reader's language."""
        return timeline_words.line(value)


class Entry(Output):
    """One line of the timeline."""

    kind = serializers.CharField()
    text = LineWords(source="*")
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
