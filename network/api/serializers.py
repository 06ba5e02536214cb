"""What is asked and told of feeders, devices, operations and models."""

import re
from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from network.domain import phases as ph
from network.models import ModelVersion, Operation
from network.services import operations

PHASES = re.compile(r"[ABC]{1,3}")
DIRECTIONS = ("up", "down", "feeder", "connected", "loop")


class SearchQuery(Input):
    """What to look for."""

    q = serializers.CharField(min_length=2, max_length=80, help_text="A name, a part of one, an mRID or its beginning.")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    model = Text(60)


class Hit(Output):
    """One thing that fits."""

    kind = serializers.ChoiceField(["feeder", "device", "customer"])
    mrid = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField()
    model = serializers.CharField()
    branch = serializers.IntegerField(allow_null=True, help_text="Its number on the map, of the published version.")
    usage_point = serializers.IntegerField(source="id", allow_null=True)


class Hits(Output):
    """What was found, the best first."""

    results = Hit(many=True)


class FeederQuery(PageQuery):
    """Which feeders."""

    model, area = Text(60), Text(60)
    name = Text(help_text="A part of the name.")


class Feeder(Output):
    """A feeder as built."""

    model = serializers.CharField()
    name = serializers.CharField()
    substation = serializers.CharField()
    area = serializers.CharField()
    customers = serializers.IntegerField()
    customers_without_supply = serializers.IntegerField()
    devices = serializers.IntegerField()


class DeviceQuery(PageQuery):
    """Which devices."""

    name = Text(help_text="A part of the name.")
    feeder = Text(help_text="As built.")
    area, model = Text(60), Text(60)
    is_switch = serializers.BooleanField(required=False, allow_null=True, default=None)
    is_telemetered = serializers.BooleanField(required=False, allow_null=True, default=None)

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python, so it cannot be declared above."""
        return {**super().get_fields(), "class": Text(60, help_text="CIM class, such as Breaker.")}


class ModelQuery(Input):
    """Which model, where several have the device."""

    model = Text(60)


class Device(Output):
    """A piece of equipment and where it stands."""

    mrid = serializers.CharField()
    name = serializers.CharField()
    cim_class = serializers.CharField()
    model = serializers.CharField()
    model_version = serializers.IntegerField()
    area = serializers.CharField()
    substation = serializers.CharField()
    nominal_feeder = serializers.CharField(help_text="As built.")
    phases = serializers.CharField()
    nominal_v = Number(help_text="Line to line.")
    is_switch = serializers.BooleanField()
    is_telemetered = serializers.BooleanField()
    is_synthetic = serializers.BooleanField()
    energised_phases = serializers.CharField(help_text="Live at one of its ends now.")
    position = serializers.CharField(allow_null=True, help_text="open, closed, or closed on some phases; of switches.")
    normal_position = serializers.CharField(allow_null=True)


class SwitchPosition(Output):
    """Where a switch stands, how well that is known, and since when."""

    position = serializers.CharField()
    closed_phases = serializers.CharField()
    normal = serializers.CharField()
    is_abnormal = serializers.BooleanField()
    quality = serializers.CharField()
    seen_number = serializers.IntegerField(help_text="Send it back when operating: it says which position was seen.")
    occurred_at = Time(allow_null=True)
    latest_actor = serializers.CharField()
    latest_source = serializers.CharField()


class Tag(Output):
    """A tag on a device."""

    id = serializers.IntegerField()
    device = serializers.CharField(source="equipment_mrid")
    kind = serializers.CharField()
    text = serializers.CharField()
    placed_by = serializers.CharField()
    placed_at = Time()
    removed_by = serializers.CharField()
    removed_at = Time(allow_null=True)


class PlaceTag(Input):
    """A tag to hang."""

    kind = serializers.ChoiceField(["note", "inhibit", "clearance"])
    text = serializers.CharField(max_length=400)
    model = Text(60)


class TelemetryPoint(Output):
    """A point of the SCADA system and its present value."""

    mrid = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    phases = serializers.SerializerMethodField()
    value = Number(allow_null=True)
    quality = serializers.CharField()
    occurred_at = Time(allow_null=True)

    def get_phases(self, point: Any) -> str:
        """As letters."""
        return ph.text(point.phases)


class LookAhead(Output):
    """What the movement would do."""

    lost_customers = serializers.IntegerField()
    regained_customers = serializers.IntegerField()
    lost_kw = Number()
    regained_kw = Number()
    makes_loop = serializers.BooleanField()
    parallels_sources = serializers.BooleanField()
    energises_dead = serializers.BooleanField()
    nothing_changes = serializers.BooleanField()


class OperationTold(Output):
    """One operation, from its selection to its end."""

    id = serializers.UUIDField()
    model = serializers.CharField(source="model.key")
    area = serializers.CharField(source="area.key")
    device = serializers.CharField(source="equipment_mrid")
    device_name = serializers.CharField(source="equipment_name")
    action = serializers.SerializerMethodField()
    closed_phases_wanted = serializers.SerializerMethodField()
    closed_phases_seen = serializers.SerializerMethodField()
    seen_number = serializers.IntegerField()
    state = serializers.ChoiceField(Operation.State.choices)
    is_telemetered = serializers.BooleanField()
    requested_by = serializers.CharField()
    way = serializers.CharField()
    look_ahead = LookAhead()
    level = serializers.IntegerField(help_text="3: needs the digits of the name and a reason.")
    digits_hint = serializers.SerializerMethodField(help_text="The name; the dots are what to type as confirmation.")
    reason = serializers.CharField()
    result = serializers.CharField()
    selected_at = Time()
    expires_at = Time()
    executed_at = Time(allow_null=True)
    deadline_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)

    def get_action(self, operation: Operation) -> str:
        """Open or close."""
        return "close" if operation.closed_wanted & ~operation.closed_seen else "open"

    def get_closed_phases_wanted(self, operation: Operation) -> str:
        """As letters."""
        return ph.text(operation.closed_wanted)

    def get_closed_phases_seen(self, operation: Operation) -> str:
        """As letters."""
        return ph.text(operation.closed_seen)

    def get_digits_hint(self, operation: Operation) -> str:
        """Empty where no confirmation is needed."""
        if operation.level < 3:
            return ""
        digits = operations.digits_to_type(operation.equipment_name)
        before, _, after = operation.equipment_name.rpartition(digits)
        return before + "•" * len(digits) + after


class DeviceDetail(Device):
    """All that is known of a device."""

    attributes = serializers.DictField()
    current_feeder = serializers.CharField(help_text="As switched now.")
    switch = SwitchPosition(allow_null=True)
    tags = Tag(many=True)
    telemetry_points = TelemetryPoint(many=True)
    live_operation = OperationTold(allow_null=True)


class TraceQuery(ModelQuery):
    """Where to trace."""

    direction = serializers.ChoiceField(DIRECTIONS)
    phases = serializers.RegexField(PHASES.pattern + "$", required=False, allow_null=True, default=None)
    at = Time(required=False, allow_null=True, default=None, help_text="As the field stood then; now otherwise.")
    as_known = serializers.BooleanField(default=False, help_text="With `at`: as it was known then, not as it was.")


class TracedObject(Output):
    """One object a trace came across."""

    mrid = serializers.CharField()
    name = serializers.CharField()
    phases = serializers.CharField(help_text="On which the trace met it.")

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python."""
        return {**super().get_fields(), "class": serializers.CharField(source="cim_class")}


class PhaseShare(Output):
    """What hangs on one phase."""

    customers = serializers.IntegerField(help_text="That use this phase.")
    kw = Number(help_text="By the share of their phases.")


class Trace(Output):
    """What a trace came across, and who hangs on it."""

    direction = serializers.ChoiceField(DIRECTIONS)
    objects = TracedObject(many=True)
    customers = serializers.IntegerField()
    kw = Number()
    by_phase = serializers.DictField(child=PhaseShare())

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {"from": serializers.CharField(source="start"), **super().get_fields()}


class OperationQuery(PageQuery):
    """Which operations."""

    state = serializers.ChoiceField(Operation.State.choices, required=False, default="")
    device, area, requested_by = Text(80), Text(60), Text(150)


class SelectDevice(Input):
    """A movement to prepare."""

    device = serializers.CharField(max_length=80, help_text="mRID of the switch.")
    action = serializers.ChoiceField(["open", "close"])
    seen_number = Key(help_text="`switch.seen_number` of the device, as it was when you decided.")
    phases = serializers.RegexField(PHASES.pattern + "$", required=False, allow_null=True, default=None)
    reason = Text(400)
    model = Text(60)


class Execute(Input):
    """What makes a selected movement happen."""

    confirmation = Text(120, help_text="The digits that digits_hint hides.")
    reason = Text(400)


class VersionQuery(PageQuery):
    """Which versions."""

    model = Text(60)
    state = serializers.ChoiceField(ModelVersion.State.choices, required=False, default="")


class Version(Output):
    """One version of a network model."""

    model = serializers.CharField(source="model.key")
    name = serializers.CharField(source="model.name")
    mrid = serializers.CharField(source="model.mrid")
    version = serializers.IntegerField(source="number")
    state = serializers.ChoiceField(ModelVersion.State.choices)
    source = serializers.CharField()  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    summary = serializers.DictField()
    created_by = serializers.CharField()
    created_at = Time()
    published_at = Time(allow_null=True)


class VersionDetail(Version):
    """One version with what was found wrong."""

    findings = serializers.ListField(child=serializers.DictField())
