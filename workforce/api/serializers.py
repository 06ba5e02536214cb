"""What is asked and told of crews and their work."""

from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from workforce.models import Assignment, Crew, WorkOrder


class CrewQuery(PageQuery):
    """Which crews."""

    area = Text(60)
    shift = serializers.ChoiceField(Crew.Shift.choices, required=False, default="")


class CrewJob(Output):
    """What a crew is on."""

    assignment = serializers.IntegerField(source="id")
    subject = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(Assignment.State.choices)


class CrewTold(Output):
    """A crew, where it is and what it is on."""

    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    shift = serializers.ChoiceField(Crew.Shift.choices)
    area = serializers.CharField()
    vehicle = serializers.CharField()
    x = Number(allow_null=True)
    y = Number(allow_null=True)
    positioned_at = Time(allow_null=True)
    jobs = CrewJob(many=True)


class SetShift(Input):
    """A crew comes or goes."""

    shift = serializers.ChoiceField(Crew.Shift.choices)
    reason = Text(120)


class SetPosition(Input):
    """Where a crew's vehicle is, in the coordinates of the network model (of one with places: longitude and latitude)."""

    x = Number()
    y = Number()
    positioned_at = Time(required=False, allow_null=True, default=None, help_text="When it was there; now if left out.")


class AssignmentQuery(PageQuery):
    """Which assignments."""

    crew = Text(30)
    subject = Text(60, help_text='Such as "outage:12".')
    state = serializers.ChoiceField(Assignment.State.choices, required=False, default="")
    area = Text(60)
    is_live = serializers.BooleanField(required=False, allow_null=True, default=None)


class AssignmentTold(Output):
    """One crew on one work order, with the time of each step."""

    id = serializers.IntegerField()
    crew = serializers.CharField(source="crew.key")
    crew_name = serializers.CharField(source="crew.name")
    work_order = serializers.IntegerField(source="work_order_id")
    work_order_state = serializers.ChoiceField(WorkOrder.State.choices, source="work_order.state")
    subject = serializers.CharField(source="work_order.subject")
    title = serializers.CharField(source="work_order.title")
    area = serializers.CharField(source="work_order.area.key")
    state = serializers.ChoiceField(Assignment.State.choices)
    assigned_by = serializers.CharField()
    assigned_at = Time()
    accepted_at = Time(allow_null=True)
    en_route_at = Time(allow_null=True)
    on_site_at = Time(allow_null=True)
    made_safe_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)
    note = serializers.CharField()


class Assign(Input):
    """Put a crew on a work order: by its number, or by what it is for."""

    crew = serializers.CharField(max_length=30)
    work_order = Key(required=False, allow_null=True, default=None)
    subject = Text(60, help_text='Such as "outage:12".')

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two names the work."""
        if (attrs["work_order"] is None) == (not attrs["subject"]):
            raise serializers.ValidationError({"work_order": ["give either work_order or subject"]})
        return attrs


class Progress(Input):
    """How far a crew is."""

    state = serializers.ChoiceField([one for one in Assignment.State.choices if one[0] != "assigned"])
    note = Text(1000)
