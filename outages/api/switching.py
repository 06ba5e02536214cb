"""Switching orders and safety documents over REST: every verb of theirs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from network.domain import phases as ph
from network.selectors import studies
from outages.domain.switching import documents, life
from outages.domain.switching import steps as kinds
from outages.models import OrderEntry, OrderRehearsal, SafetyDocument, SwitchingOrder, SwitchingStep
from outages.selectors import order_words, rehearsal_words
from outages.selectors import switching as reading
from outages.services.switching import drafting, of_study, rehearsal_jobs, rehearsing, reporting
from outages.services.switching.drafting import NewOrder, NewStep

TAG = "switching orders"


class OrderQuery(PageQuery):
    """Which of them."""

    state = serializers.ChoiceField(list(life.STATES), required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(list(life.KINDS), required=False, allow_blank=True, default="")
    area = Text(60)
    planned_outage = Key(
        required=False, allow_null=True, default=None, help_text="Those written for this planned outage."
    )


class StepWanted(Input):
    """A step as it is written."""

    kind = serializers.ChoiceField(list(kinds.KINDS))
    device = Text(120, help_text="mRID, or a name only one device has.")
    terminal = serializers.IntegerField(min_value=1, max_value=2, required=False, default=1)
    other = Text(120, help_text="Far end of a jumper.")
    other_terminal = serializers.IntegerField(min_value=1, max_value=2, required=False, default=1)
    phases = serializers.RegexField("^[ABC]*$", required=False, allow_blank=True, default="", help_text="All if empty.")
    crew = Text(30, help_text="Key of the crew that is to do it; empty: the control room.")
    text = Text(400)
    group = serializers.IntegerField(
        min_value=0, max_value=10_000, required=False, default=0,
        help_text="Steps of one group that follow each other may be done in any sequence; 0: in sequence.",
    )  # fmt: skip
    key = Text(36, help_text="Of the step in an earlier version, which it stays.")


class OrderContent(Input):
    """What an order says."""

    purpose = serializers.CharField(max_length=200)
    begins_at = Time(required=False, allow_null=True, default=None)
    ends_at = Time(required=False, allow_null=True, default=None)
    steps = StepWanted(many=True, required=False, default=list)


class WriteOrder(OrderContent):
    """A new order."""

    model = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(list(life.KINDS), required=False, default="planned")
    planned_outage = Key(required=False, allow_null=True, default=None)


class StudyOrder(Input):
    """An order to be written from a study."""

    kind = serializers.ChoiceField(list(life.KINDS), required=False, default="planned")
    purpose = Text(200, help_text="The study's name where it is left out.")
    begins_at = Time(required=False, allow_null=True, default=None)
    ends_at = Time(required=False, allow_null=True, default=None)


class CopyOrder(Input):
    """What an order says beside the steps of its template."""

    kind = serializers.ChoiceField([one for one in life.KINDS if one != "template"], required=False, default="planned")
    purpose = serializers.CharField(max_length=200)
    begins_at = Time(required=False, allow_null=True, default=None)
    ends_at = Time(required=False, allow_null=True, default=None)


class RewriteOrder(OrderContent):
    """The content anew."""

    revision = Key(required=False, allow_null=True, default=None, help_text="As it was seen; a later one is refused.")


class StepsAppended(Input):
    """More steps."""

    steps = StepWanted(many=True, allow_empty=False)


class OrderSeen(Input):
    """The order as it was seen."""

    revision = Key(required=False, allow_null=True, default=None, help_text="As it was seen; a later one is refused.")


class OrderReason(Input):
    """Why."""

    reason = Text(200)


class AbortOrder(OrderReason):
    """Why, and whether steps lead back."""

    go_back = serializers.BooleanField(required=False, default=True)


class RehearseOrder(Input):
    """On which network."""

    basis = serializers.ChoiceField(list(rehearsing.BASES), required=False, default=rehearsing.PRESENT)


class StepInstruct(Input):
    """To whom."""

    crew = serializers.SlugField(max_length=30)


class StepReport(Input):
    """What the field says."""

    outcome = serializers.ChoiceField(reporting.OUTCOMES)
    occurred_at = Time(required=False, allow_null=True, default=None)
    note = Text(400)


class StepSelect(Input):
    """The position as it was seen."""

    seen_number = Key(help_text="Journal number of the position; 0 if it never moved.")


class StepOperate(Input):
    """What was selected."""

    operation_id = serializers.UUIDField()
    confirmation = Text(10)
    reason = Text(200)


class StepResolve(Input):
    """What became of it."""

    is_done = serializers.BooleanField()
    note = serializers.CharField(max_length=400)


class StepNote(Input):
    """What else there is to say."""

    note = Text(400)


class WriteDocument(Input):
    """A safety document."""

    kind = serializers.ChoiceField(list(documents.KINDS))
    work = serializers.CharField(max_length=200)
    equipment_mrid = serializers.CharField(max_length=80)
    terminal = serializers.IntegerField(min_value=1, max_value=2, required=False, default=1)
    points = serializers.ListField(child=serializers.CharField(max_length=80), allow_empty=False, max_length=100)
    holder = serializers.CharField(max_length=150)
    crews = serializers.ListField(
        child=serializers.SlugField(max_length=30), required=False, default=list, max_length=50
    )


class StepTold(Output):
    """One step, as planned and as carried out."""

    key = serializers.CharField()
    position = serializers.IntegerField()
    group = serializers.IntegerField()
    kind = serializers.ChoiceField(list(kinds.KINDS))
    device = serializers.CharField(source="device_mrid")
    device_name = serializers.CharField()
    terminal = serializers.IntegerField()
    other = serializers.CharField(source="other_mrid")
    other_terminal = serializers.IntegerField()
    phases = serializers.SerializerMethodField()
    crew = serializers.CharField()
    text = serializers.CharField()
    is_go_back = serializers.BooleanField()
    state = serializers.ChoiceField(list(kinds.STATES))
    instructed_to = serializers.CharField()
    instructed_by = serializers.CharField()
    instructed_at = Time(allow_null=True)
    occurred_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)
    ended_by = serializers.CharField()
    note = serializers.SerializerMethodField()
    operation_id = serializers.UUIDField(source="operation", allow_null=True)

    def get_phases(self, row: SwitchingStep) -> str:
        """As letters; empty: all the device has."""
        return ph.text(row.phases)

    def get_note(self, row: SwitchingStep) -> str:
        """What is noted of its end, in the reader's language."""
        return order_words.note(row)


class DocumentTold(Output):
    """A safety document."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    order = serializers.IntegerField(source="order_id")
    kind = serializers.ChoiceField(list(documents.KINDS))
    state = serializers.ChoiceField(list(documents.STATES))
    work = serializers.CharField()
    equipment_mrid = serializers.CharField()
    equipment_name = serializers.CharField()
    points = serializers.JSONField()
    holder = serializers.CharField()
    crews = serializers.JSONField()
    issued_by = serializers.CharField()
    issued_at = Time(allow_null=True)
    released_by = serializers.CharField()
    released_at = Time(allow_null=True)


class OrderTold(Output):
    """An order and how far it is."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    reference = serializers.CharField()
    area = serializers.CharField(source="area.key")
    model = serializers.CharField(source="model_key")
    kind = serializers.ChoiceField(list(life.KINDS))
    state = serializers.ChoiceField(list(life.STATES))
    purpose = serializers.CharField()
    begins_at = Time(allow_null=True)
    ends_at = Time(allow_null=True)
    planned_outage = serializers.IntegerField(source="planned_outage_id", allow_null=True)
    version = serializers.IntegerField()
    revision = serializers.IntegerField()
    created_by = serializers.CharField()
    created_at = Time()
    approved_by = serializers.CharField()
    approved_at = Time(allow_null=True)
    issued_at = Time(allow_null=True)
    completed_at = Time(source="ended_at", allow_null=True, help_text="When it was over, however it ended.")
    reason = serializers.CharField()
    steps_planned = serializers.IntegerField(source="step_count")
    steps_ended = serializers.IntegerField()


class OrderEntryTold(Output):
    """One line of the timeline."""

    occurred_at = Time()
    recorded_at = Time()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.SerializerMethodField()
    actor = serializers.CharField()

    def get_text(self, row: OrderEntry) -> str:
        """In the reader's language."""
        return order_words.line(row)


class RehearsalTold(Output):
    """How a rehearsal goes or went; what it found is the `rehearsal` of its order."""

    id = serializers.UUIDField()
    basis = serializers.ChoiceField(list(rehearsing.BASES))
    state = serializers.ChoiceField(OrderRehearsal.State.values)
    then = serializers.CharField(
        help_text="check, approve or issue: done with its answer, unless `error` says why not."
    )
    asked_by = serializers.CharField()
    states_done = serializers.IntegerField(help_text="States of the network whose power flow is solved.")
    states_in_all = serializers.IntegerField()
    error = serializers.CharField()
    created_at = Time(source="asked_at")
    started_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)


class OrderDetail(OrderTold):
    """With its steps, documents, rehearsal and timeline."""

    steps = serializers.SerializerMethodField()
    documents = DocumentTold(source="documents.all", many=True)
    rehearsal = serializers.SerializerMethodField(help_text="Of `rehearsed_revision`; empty if it was never rehearsed.")
    rehearsed_revision = serializers.IntegerField(allow_null=True)
    rehearsed_at = Time(allow_null=True)
    latest_rehearsal = serializers.SerializerMethodField(
        help_text="How the one asked for last goes or went; null: none."
    )
    versions = serializers.SerializerMethodField()
    timeline = OrderEntryTold(source="entries.all", many=True)

    def get_steps(self, row: SwitchingOrder) -> list[dict[str, Any]]:
        """In sequence."""
        return [dict(StepTold(step).data) for step in reading.steps(row)]

    def get_rehearsal(self, row: SwitchingOrder) -> dict[str, Any]:
        """Words in the reader's language, the codes they are told from beside them."""
        return rehearsal_words.rehearsal(row.rehearsal)

    def get_latest_rehearsal(self, row: SwitchingOrder) -> dict[str, Any] | None:
        """Its `state` is queued, running, done, failed or cancelled."""
        job = reading.latest_rehearsal(row.pk)
        return None if job is None else dict(RehearsalTold(job).data)

    def get_versions(self, row: SwitchingOrder) -> list[int]:
        """Numbers of those that were kept."""
        return list(row.versions.order_by("number").values_list("number", flat=True))


class DifferenceTold(Output):
    """Two versions side by side."""

    heads = serializers.JSONField()
    steps = serializers.JSONField()


class StepSelected(Output):
    """A selection at the gate."""

    operation_id = serializers.UUIDField(source="pk")
    state = serializers.CharField()
    level = serializers.IntegerField()
    look_ahead = serializers.JSONField()
    expires_at = Time()


class Base(Endpoint):
    """What every address of orders tells."""

    def told(self, order_id: int, status: int = 200) -> Response:
        """As it is now."""
        return Response(OrderDetail(reading.order(self.actor, order_id)).data, status=status)

    def decided(self, order_id: int, verb: str, revision: int | None = None) -> Response:
        """Checked, approved or issued; 202 where a worker rehearses it first."""
        is_done = rehearsal_jobs.decide(actor=self.actor, order_id=order_id, verb=verb, revision=revision, at=self.at)
        return self.told(order_id, 200 if is_done else 202)

    def step_told(self, step: SwitchingStep) -> Response:
        """A step as it is now."""
        return Response(StepTold(step).data)

    def document_told(self, document: SafetyDocument, status: int = 200) -> Response:
        """A document as it is now."""
        return Response(DocumentTold(document).data, status=status)


class Orders(Base):
    """/switching-orders."""

    @schema.operation("List switching orders", tag=TAG, query=OrderQuery, tells=OrderTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Those of your areas, by the beginning of their windows."""
        query = self.query(OrderQuery)
        asked = {"state": query["state"], "kind": query["kind"], "area": query["area"], "plan": query["planned_outage"]}
        rows = reading.orders(self.actor, **asked)
        return self.page(rows, query, OrderTold)

    @schema.operation("Write a switching order", tag=TAG, takes=WriteOrder, tells=OrderDetail, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A planned one is a draft; an emergency order is issued at once."""
        given = self.body(WriteOrder)
        new = NewOrder(**given | {"steps": new_steps(given["steps"])})
        return self.told(drafting.write(actor=self.actor, new=new, at=self.at).pk, 201)


class Copies(Base):
    """/switching-orders/{id}/copies."""

    @schema.operation("Write an order from a template", tag=TAG, takes=CopyOrder, tells=OrderDetail, status=201)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """With the steps of the template, which must be approved."""
        new = NewOrder(model="", **self.body(CopyOrder))
        return self.told(drafting.copy(actor=self.actor, template_id=order_id, new=new, at=self.at).pk, 201)


class OrderOfStudy(Base):
    """/switching-orders/of-study/{number}."""

    @schema.operation(
        "Write what was tried in a study as an order", tag=TAG, takes=StudyOrder, tells=OrderDetail, status=201
    )
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """What was moved, cut, joined and grounded in one of your studies and not undone; faults and generation are left out."""
        shown = studies.shown(self.actor.name, number)
        steps = of_study.required(shown.actions)
        given = self.body(StudyOrder)
        given["purpose"] = given["purpose"] or shown.study.name
        new = NewOrder(model=shown.study.model.key, steps=steps, **given)
        return self.told(drafting.write(actor=self.actor, new=new, at=self.at).pk, 201)


class OneOrder(Base):
    """/switching-orders/{id}."""

    @schema.operation("Show a switching order", tag=TAG, tells=OrderDetail)
    def get(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """With steps, documents, rehearsal and timeline."""
        return self.told(order_id)

    @schema.operation("Write its content anew", tag=TAG, takes=RewriteOrder, tells=OrderDetail)
    def patch(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """While it is a draft or requested."""
        given = self.body(RewriteOrder)
        revision = given.pop("revision")
        new = NewOrder(model="", kind="", **given | {"steps": new_steps(given["steps"])})
        drafting.rewrite(actor=self.actor, order_id=order_id, new=new, revision=revision, at=self.at)
        return self.told(order_id)


class Steps(Base):
    """/switching-orders/{id}/steps."""

    @schema.operation("Add steps to an urgent order", tag=TAG, takes=StepsAppended, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """While it is carried out."""
        steps = new_steps(self.body(StepsAppended)["steps"])
        drafting.append(actor=self.actor, order_id=order_id, steps=steps, at=self.at)
        return self.told(order_id)


class Difference(Endpoint):
    """/switching-orders/{id}/versions/{before}/{after}."""

    @schema.operation("Compare two versions", tag=TAG, tells=DifferenceTold)
    def get(self, request: Request, order_id: int, before: int, after: int) -> Response:  # noqa: ARG002
        """What came, went, was moved or reads differently."""
        row = reading.order(self.actor, order_id)
        one, other = (reading.version(row, number).content for number in (before, after))
        found = reading.differences(one, other)
        steps = [
            {"what": line.what, "before": line.before, "after": line.after, "fields": line.fields}
            for line in found["steps"]
        ]
        return Response({"heads": found["heads"], "steps": steps})


def new_steps(given: list[dict[str, Any]]) -> list[NewStep]:
    """The steps of a body."""
    return [NewStep(**one | {"phases": ph.parse(one["phases"])}) for one in given]
