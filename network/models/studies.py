"""Studies: what a person tries on a private copy of the network. Nothing here is read by the operated network."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from adms.core.models import LongJob
from network.domain.phases import ABC


class Study(models.Model):
    """A private copy of a state of the network, as it was when it was made; its actions say what was tried on it since."""

    class Base(models.TextChoices):
        """What it is a copy of."""

        PRESENT = "present", _("Present")
        PAST = "past", _("Past")
        NOMINAL = "nominal", _("Nominal")

    owner = models.CharField(max_length=150)
    name = models.CharField(max_length=120)
    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    version = models.ForeignKey("network.ModelVersion", on_delete=models.CASCADE)
    base = models.CharField(max_length=10, choices=Base.choices)
    base_at = models.DateTimeField()  # the second it is a copy of, by field time
    positions = models.BinaryField()  # compressed: phase bits per branch of the version
    overlay = models.JSONField()  # {"elements": [...], "uncommissioned": [mRID, ...]}
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()  # when something was last done in it
    is_shared = models.BooleanField(default=False)  # others may read it
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], condition=models.Q(discarded_at=None), name="kept_studies")]

    def __str__(self) -> str:
        return self.name


class StudyAction(models.Model):
    """What was done in a study. The state is the base and, in order, every action that is not undone.

    A switch that is moved has its phases before and after. A fault lies on `equipment_mrid`; `trips` are the devices that cleared it,
    as [mRID, phases that were closed, phases that are closed then]. A repair takes the fault away and moves nothing. What was placed or
    removed is in `element`, as a journal keeps it.
    """

    class Kind(models.TextChoices):
        """What was done."""

        SWITCH = "switch", _("Switch moved")
        FAULT = "fault", _("Fault placed")
        REPAIR = "repair", _("Fault repaired")
        PLACE = "place", _("Temporary element placed")
        REMOVE = "remove", _("Temporary element removed")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="actions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SWITCH)
    equipment_mrid = models.CharField(max_length=80)
    closed_before = models.PositiveSmallIntegerField(default=0)  # phase bits
    closed_after = models.PositiveSmallIntegerField(default=0)
    trips = models.JSONField(default=list)
    phases = models.PositiveSmallIntegerField(default=ABC)  # of a fault, or of an element
    element = models.JSONField(default=dict)
    customers_lost = models.PositiveIntegerField()
    customers_regained = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    is_undone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="study_action_once")]

    def __str__(self) -> str:
        return f"{self.study_id}/{self.number}"

    @property
    def cleared_by(self) -> list[dict[str, Any]]:
        """The devices that cleared a fault, with the phases that were closed."""
        return [{"device": mrid, "before": before, "after": after} for mrid, before, after in self.tripped()]

    def tripped(self) -> list[tuple[str, int, int]]:
        """The same as (mRID, phases before, phases after); what was kept before phases were told opened whole."""
        return [(one[0], one[1], one[2] if len(one) > 2 else 0) for one in self.trips]


class StudyAnswer(LongJob):
    """What was asked of a study in one state of it, as a job: its power flow, or plans that restore supply."""

    class Kind(models.TextChoices):
        """What is asked."""

        POWER_FLOW = "power_flow", _("Power flow")
        RESTORATION = "restoration", _("Restoration")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="answers")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    of_action = models.BigIntegerField(default=0)  # the last action that held then; 0: the base
    told = models.JSONField(default=dict)
    loading = models.BinaryField(default=bytes)  # one byte per branch, as the map colours it
    voltage = models.BinaryField(default=bytes)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "kind"], name="study_answer_newest_only")]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=models.Q(state__in=["queued", "running"]), name="waiting_study_answers"
            )
        ]

    def __str__(self) -> str:
        return f"{self.study_id}/{self.kind}"
