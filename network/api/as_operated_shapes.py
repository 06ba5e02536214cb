"""What is asked and told of the as-operated network: temporary elements, commissioning, what is not normal, past seconds."""

from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from network.api.serializers import PHASES
from network.domain import temporary
from network.models import Commissioning

KINDS = ("switch", *temporary.KINDS, "uncommissioned")
SOURCES = ("operator", "crew")


class StateQuery(Input):
    """Which second."""

    at = Time(required=False, allow_null=True, default=None, help_text="A second of the past; now otherwise.")
    as_known = serializers.BooleanField(
        required=False, default=False, help_text="What was known here then, not what was true in the field."
    )


class Unusual(Output):
    """One thing that is not as it normally is."""

    kind = serializers.ChoiceField(KINDS)
    mrid = serializers.CharField()
    name = serializers.CharField()
    device = serializers.CharField(source="equipment_mrid", help_text="The equipment it is, or stands at.")
    area = serializers.CharField()
    feeder = serializers.CharField(help_text="As built.")
    now = serializers.CharField()
    normal = serializers.CharField()
    since = Time(allow_null=True, help_text="Null: since before the journal begins.")
    actor = serializers.CharField()
    reason = serializers.CharField()
    is_conflict = serializers.BooleanField(help_text="A ground whose place is live.")
    is_missing = serializers.BooleanField(help_text="Its place is not in the present version of the model.")

    def get_fields(self) -> dict[str, Any]:
        """`source` is an attribute of every field."""
        return {**super().get_fields(), "source": serializers.CharField()}


class Abnormal(Output):
    """Normal against present."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    unusual = Unusual(many=True)


class State(Abnormal):
    """The network at a second, in the arrays of the version published now."""

    at = Time()
    as_known = serializers.BooleanField()
    since = Time(help_text="When the journal begins.")
    previous_change = Time(allow_null=True)
    next_change = Time(allow_null=True)
    customers = serializers.IntegerField()
    customers_without_supply = serializers.IntegerField()
    dead_branches = serializers.IntegerField()


class TemporaryQuery(PageQuery):
    """Which temporary elements."""

    is_standing = serializers.BooleanField(
        required=False, allow_null=True, default=True, help_text="null: gone ones too."
    )


class PlaceTemporary(Input):
    """A temporary element to place: at an end of a piece of equipment, a cut in it, a jumper from there to another."""

    kind = serializers.ChoiceField(temporary.KINDS)
    device = serializers.CharField(max_length=80, help_text="mRID; of a cut the line.")
    terminal = Key(min_value=1, max_value=2, required=False, default=1, help_text="The end, 1 or 2.")
    other_device = Text(80, help_text="Where a jumper leads to.")
    other_terminal = Key(min_value=1, max_value=2, required=False, default=1)
    phases = serializers.RegexField(PHASES.pattern + "$", required=False, allow_null=True, default=None)
    fraction = Number(min_value=0, max_value=1, required=False, default=0.5, help_text="Of the line, from end 1.")
    name = Text(120)
    reason = Text(400)
    reported_by = serializers.ChoiceField(SOURCES, required=False, default="operator")
    occurred_at = Time(
        required=False, allow_null=True, default=None, help_text="When it was done in the field; now otherwise."
    )


class Temporary(Output):
    """A temporary element."""

    mrid = serializers.CharField()
    kind = serializers.ChoiceField(temporary.KINDS)
    name = serializers.CharField()
    area = serializers.CharField(source="area.key")
    model = serializers.CharField(source="model.key")
    device = serializers.CharField(source="equipment_mrid")
    terminal = serializers.IntegerField()
    other_device = serializers.CharField(source="other_equipment_mrid")
    other_terminal = serializers.IntegerField()
    fraction = Number()
    reason = serializers.CharField()
    journal = serializers.IntegerField(source="number")
    placed_by = serializers.CharField()
    placed_at = Time()
    removed_by = serializers.CharField()
    removed_at = Time(allow_null=True)


class RemoveTemporary(Input):
    """How it was removed."""

    reason = Text(400)
    reported_by = serializers.ChoiceField(SOURCES, required=False, default="operator")
    occurred_at = Time(required=False, allow_null=True, default=None)


class Commission(Input):
    """How a piece of equipment is to stand."""

    is_commissioned = serializers.BooleanField(
        help_text="Whether it takes part in the network; nothing else decides it."
    )
    life = serializers.ChoiceField(Commissioning.Life.choices, required=False, default="existing")
    reason = Text(400)
    model = Text(60)


class Commissioned(Output):
    """How a piece of equipment stands."""

    device = serializers.CharField(source="equipment_mrid")
    life = serializers.ChoiceField(Commissioning.Life.choices)
    is_commissioned = serializers.BooleanField()
    journal = serializers.IntegerField(source="number")
    changed_by = serializers.CharField()
    changed_at = Time()
    reason = serializers.CharField()
