"""Rule sets of prediction over REST: what is in force, every version, writing, switching, taking back."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.views import Endpoint
from outages.domain.rule_sets import Plan, Window
from outages.models import RulePlan, RuleSetVersion, RuleSwitch
from outages.selectors import rule_sets as reading
from outages.selectors import rule_words
from outages.services import rule_sets

TAG = "rule sets"
ALL = "all"
READS = ("see_network", "edit_rules")


class WindowTold(Input):
    """A part of each day, by the clock of the utility."""

    begin = serializers.TimeField(format="%H:%M")
    end = serializers.TimeField(format="%H:%M")
    name = serializers.SlugField(max_length=40)


class AreaTold(Output):
    """What an area follows, and how it chooses by itself."""

    area = serializers.CharField(source="area.key")
    active = serializers.CharField()
    version = serializers.SerializerMethodField(help_text="0: the set as built in.")
    engine = serializers.SerializerMethodField()
    how = serializers.CharField(help_text="hand, undo, rate, clock, plan")
    why = serializers.SerializerMethodField()
    switched_by = serializers.CharField()
    switched_at = Time(allow_null=True)
    is_automatic = serializers.BooleanField()
    normal = serializers.CharField()
    busy = serializers.CharField()
    windows = WindowTold(many=True)
    on_rate = serializers.IntegerField(allow_null=True)
    off_rate = serializers.IntegerField()
    calm_after_s = Number()
    revision = serializers.IntegerField()

    def get_why(self, plan: RulePlan) -> str:
        """In the reader's language, or as a person put it."""
        return rule_words.why(plan)

    def get_version(self, plan: RulePlan) -> int:
        """Of the set in force."""
        return int(self.context["sets"].of(plan.area_id).version)

    def get_engine(self, plan: RulePlan) -> str:
        """Which acts."""
        return str(self.context["sets"].of(plan.area_id).engine)


class AreasTold(Output):
    """Every control area."""

    areas = AreaTold(many=True)


class VersionTold(Output):
    """One version of a set."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    values = serializers.DictField()
    reason = serializers.SerializerMethodField()
    changed_by = serializers.CharField()
    changed_at = Time()

    def get_reason(self, row: RuleSetVersion) -> str:
        """In the reader's language, or as a person put it."""
        return rule_words.reason(row)


class VersionShown(Output):
    """The numbers of one version."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    values = serializers.DictField()


class VersionsTold(Output):
    """All of them, the newest first."""

    versions = VersionTold(many=True)


class Written(Input):
    """A new version; fields that are left out are as built in."""

    values = serializers.DictField()
    reason = serializers.CharField(max_length=200)
    seen = Key(
        required=False, allow_null=True, default=None, help_text="The version you changed; refused if there is another."
    )


class Back(Input):
    """Which version is to hold again; 0 is the set as built in."""

    version = Key()
    seen = Key(required=False, allow_null=True, default=None)


class Switch(Input):
    """Which set to follow."""

    name = serializers.SlugField(max_length=40)
    reason = Text(200)
    seen = Key(required=False, allow_null=True, default=None, help_text="The revision of the area you saw.")


class SwitchTold(Output):
    """A change of the set in force; null where the area followed it already."""

    id = serializers.IntegerField(source="pk")
    area = serializers.CharField(source="area.key")
    before = serializers.CharField()
    after = serializers.CharField()
    how = serializers.CharField()
    why = serializers.SerializerMethodField()
    actor = serializers.CharField()
    at = Time()
    undone_at = Time(allow_null=True)

    def get_why(self, row: RuleSwitch) -> str:
        """In the reader's language, or as a person put it."""
        return rule_words.why(row)


class SwitchAnswer(Output):
    """What became of it."""

    switch = SwitchTold(allow_null=True)


class SwitchesTold(Output):
    """The latest, newest first."""

    switches = SwitchTold(many=True)


class Planned(Input):
    """How an area chooses by itself; a rate of null never switches by rate. Rates are reports of darkness in ten minutes."""

    is_automatic = serializers.BooleanField()
    normal = serializers.SlugField(max_length=40, default="normal")
    busy = serializers.SlugField(max_length=40, default="storm")
    windows = WindowTold(many=True, required=False, default=list)
    on_rate = Key(required=False, allow_null=True, default=None, min_value=1, max_value=10_000_000)
    off_rate = Key(required=False, default=0, max_value=10_000_000)
    calm_after_s = Number(required=False, default=1800.0, min_value=0, max_value=86_400)
    seen = Key(required=False, allow_null=True, default=None)


class Areas(Endpoint):
    """/rule-sets."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List the rule sets in force", tag=TAG, tells=AreasTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """What every control area follows, since when and why."""
        return Response({"areas": AreaTold(reading.plans(), many=True, context={"sets": reading.in_force()}).data})


class Versions(Endpoint):
    """/rule-sets/{scope}/{name}: `scope` is an area's key, or `all`."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List the versions of a rule set", tag=TAG, tells=VersionsTold)
    def get(self, request: Request, scope: str, name: str) -> Response:  # noqa: ARG002
        """None for a set that is as built in."""
        area_id = None if scope == ALL else reading.area(scope).pk
        rows: list[RuleSetVersion] = list(reading.versions(area_id, name)[: reading.SHOWN])
        return Response(VersionsTold({"versions": rows}).data)

    @schema.operation("Write a rule set", tag=TAG, takes=Written, tells=VersionTold, status=201)
    def post(self, request: Request, scope: str, name: str) -> Response:  # noqa: ARG002
        """A new version, in force at once wherever the set is followed."""
        made = rule_sets.write(actor=self.actor, area=_area(scope), name=name, at=self.at, **self.body(Written))
        return Response(VersionTold(made).data, status=201)


class OneVersion(Endpoint):
    """/rule-sets/{scope}/{name}/{version}."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("Show a version of a rule set", tag=TAG, tells=VersionShown)
    def get(self, request: Request, scope: str, name: str, version: int) -> Response:  # noqa: ARG002
        """Every number of it, also those it was written without; 0 is the set as built in."""
        found = reading.numbered(None if scope == ALL else reading.area(scope).pk, name, version)
        return Response({"name": found.name, "version": found.version, "values": dict(found.values)})


class GoBack(Endpoint):
    """/rule-sets/{scope}/{name}/back."""

    @schema.operation("Go back to a version of a rule set", tag=TAG, takes=Back, tells=VersionTold, status=201)
    def post(self, request: Request, scope: str, name: str) -> Response:  # noqa: ARG002
        """As a new version: history is never rewritten."""
        made = rule_sets.go_back(actor=self.actor, area=_area(scope), name=name, at=self.at, **self.body(Back))
        return Response(VersionTold(made).data, status=201)


class SwitchArea(Endpoint):
    """/rule-sets/areas/{area}/switch."""

    @schema.operation("Switch the rule set of an area", tag=TAG, takes=Switch, tells=SwitchAnswer)
    def post(self, request: Request, area: str) -> Response:  # noqa: ARG002
        """By hand; clock and rate of that area are switched off."""
        made = rule_sets.switch(actor=self.actor, area=area, at=self.at, **self.body(Switch))
        return _switched(made)


class PlanArea(Endpoint):
    """/rule-sets/areas/{area}/plan."""

    @schema.operation("Let an area choose its rule set", tag=TAG, takes=Planned, tells=AreaTold)
    def post(self, request: Request, area: str) -> Response:  # noqa: ARG002
        """By the clock and by the rate of evidence."""
        given: dict[str, Any] = self.body(Planned)
        windows = tuple(Window(one["begin"], one["end"], one["name"]) for one in given["windows"])
        rates = (given["on_rate"], given["off_rate"], given["calm_after_s"])
        row = rule_sets.plan(
            actor=self.actor,
            area=area,
            wanted=Plan(given["normal"], given["busy"], windows, *rates),
            is_automatic=given["is_automatic"],
            seen=given["seen"],
            at=self.at,
        )
        return Response(AreaTold(row, context={"sets": reading.in_force()}).data)


class Switches(Endpoint):
    """/rule-sets/switches."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List switches of rule sets", tag=TAG, tells=SwitchesTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Who or what changed the set an area follows."""
        return Response(SwitchesTold({"switches": reading.switches()}).data)


class Undo(Endpoint):
    """/rule-sets/switches/{id}/undo."""

    @schema.operation("Take back a switch of rule sets", tag=TAG, tells=SwitchAnswer)
    def post(self, request: Request, switch_id: int) -> Response:  # noqa: ARG002
        """The area's latest one."""
        return _switched(rule_sets.undo(actor=self.actor, switch_id=switch_id, at=self.at))


def _area(scope: str) -> str | None:
    return None if scope == ALL else scope


def _switched(made: RuleSwitch | None) -> Response:
    return Response({"switch": SwitchTold(made).data if made else None})
