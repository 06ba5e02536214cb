"""Select-before-operate, and tags."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

LIVE_STATES = ("selected", "executing")


class Operation(models.Model):
    """One asked-for movement of a switch, from the select to its end. A live one locks the device against all others."""

    class State(models.TextChoices):
        """Life of an operation."""

        SELECTED = "selected", _("Selected")
        EXECUTING = "executing", _("Executing")
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")
        TIMED_OUT = "timed_out", _("Timed out")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    equipment_mrid = models.CharField(max_length=80)
    equipment_name = models.CharField(max_length=120)
    closed_wanted = models.PositiveSmallIntegerField()  # phase bits
    closed_seen = models.PositiveSmallIntegerField()
    seen_number = models.BigIntegerField()  # journal number of the position the person saw; 0 if it never moved
    state = models.CharField(max_length=10, choices=State.choices)
    is_telemetered = models.BooleanField()
    requested_by = models.CharField(max_length=150)
    person = models.CharField(max_length=150, blank=True)  # who stands behind that account
    session = models.CharField(max_length=64, blank=True)
    way = models.CharField(max_length=20)
    origin = models.CharField(
        max_length=12, default="person"
    )  # what made it: person, order, flisr, load_shed, message, simulator
    order_step = models.BigIntegerField(null=True)
    plan = models.CharField(max_length=80, blank=True)  # the plan of an automation it belongs to
    guards = models.JSONField(default=list)  # what needs a second person: stale, size, rate
    look_ahead = models.JSONField(default=dict)
    level = models.PositiveSmallIntegerField(default=2)
    reason = models.TextField(blank=True)
    result = models.TextField(blank=True)
    selected_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    executed_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    settled_as = models.CharField(
        max_length=8, blank=True
    )  # what a person made of a timed-out one: retried, done, failed
    settled_by = models.CharField(max_length=150, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "equipment_mrid"],
                condition=models.Q(state__in=LIVE_STATES),
                name="one_live_operation_per_device",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "expires_at"]),
            models.Index(fields=["equipment_mrid", "-selected_at"]),
            models.Index(fields=["person", "-executed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_name} {self.state}"


class Tag(models.Model):
    """A tag on a device: a note warns, inhibit and clearance block every operation."""

    class Kind(models.TextChoices):
        """What a tag does."""

        NOTE = "note", _("Note")
        INHIBIT = "inhibit", _("Control inhibited")
        CLEARANCE = "clearance", _("Clearance")

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    equipment_mrid = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=400)
    placed_by = models.CharField(max_length=150)
    placed_person = models.CharField(max_length=150, blank=True)
    held_for = models.CharField(max_length=40, blank=True)  # safety document: while it is held nobody takes the tag off
    placed_at = models.DateTimeField()
    removed_by = models.CharField(max_length=150, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["model", "equipment_mrid"], condition=models.Q(removed_at=None), name="live_tags")
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.equipment_mrid}"
