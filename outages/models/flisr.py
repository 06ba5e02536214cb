"""Fault location, isolation and service restoration: modes, events, their steps."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FlisrMode(models.Model):
    """What FLISR may do: of the system, an area, or a feeder. The newest row of a scope holds; the others are its history."""

    class Mode(models.TextChoices):
        """See outages.domain.flisr.modes."""

        DISABLED = "disabled", _("Disabled")
        SHADOW = "shadow", _("Shadow")
        RESTORE_ONLY = "restore_only", _("Restore only")
        MANUAL = "manual", _("Manual")
        AUTOMATIC = "automatic", _("Automatic")

    scope = models.CharField(max_length=10)  # system, area, feeder
    key = models.CharField(max_length=160, blank=True)  # of the area; model/mRID of the head of the feeder
    name = models.CharField(max_length=120, blank=True)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, null=True, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode.choices)
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["scope", "key", "-set_at", "-id"], name="flisr_mode_now")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}: {self.mode}"


class FlisrEvent(models.Model):
    """One trip that stayed: where the fault may be, how supply may come back, what was done."""

    class State(models.TextChoices):
        """See outages.domain.flisr.life."""

        WATCHING = "watching", _("Waiting for a reclose")
        SCANNING = "scanning", _("Waiting for a fresh scan")
        PLANNING = "planning", _("Planning")
        PROPOSED = "proposed", _("Proposed")
        SHADOWED = "shadowed", _("Planned in the shadow")
        EXECUTING = "executing", _("In execution")
        HELD = "held", _("Held")
        DONE = "done", _("Carried out")
        DECLINED = "declined", _("No plan")
        STOPPED = "stopped", _("Stopped")
        RECLOSED = "reclosed", _("Reclosed")
        OVER = "over", _("Supply came back otherwise")

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    model_key = models.CharField(max_length=60)
    device_mrid = models.CharField(max_length=80)
    device_name = models.CharField(max_length=120)
    feeder_mrid = models.CharField(max_length=80)  # of its head
    feeder = models.CharField(max_length=120, blank=True)
    outage = models.ForeignKey("outages.Outage", on_delete=models.SET_NULL, null=True, related_name="flisr_events")
    order = models.ForeignKey(
        "outages.SwitchingOrder", on_delete=models.PROTECT, null=True, related_name="flisr_events"
    )  # by which crews are told steps that are done by hand
    mode = models.CharField(max_length=12, choices=FlisrMode.Mode.choices)  # as it was when the device tripped
    state = models.CharField(max_length=12, choices=State.choices)
    trigger = models.CharField(max_length=10)  # trip, lockout
    tripped_at = models.DateTimeField()
    triggered_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)  # when it is looked at again by itself
    planned_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(default=0)
    sequence = models.BigIntegerField(default=0)  # the state the plans were made for
    revision = models.PositiveIntegerField(default=0)  # how often it was planned
    reason = models.JSONField(
        default=str, blank=True
    )  # of holding, declining, stopping: a phrase, or what a person wrote
    before = models.JSONField(default=dict)  # loads and customers before
    location = models.JSONField(default=dict)
    plans = models.JSONField(default=list)  # ranked
    chosen = models.PositiveSmallIntegerField(null=True)  # which of them was taken
    taken_by = models.CharField(max_length=150, blank=True)
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, blank=True)  # right, wrong: what a person says of the best plan
    remark = models.CharField(max_length=400, blank=True)
    score = models.JSONField(default=dict)  # customer-minutes: what happened, what would have been
    scored_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-tripped_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "next_at"], name="flisr_due"),
            models.Index(fields=["model_key", "feeder_mrid"], name="flisr_by_feeder"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["model_key", "device_mrid"],
                condition=models.Q(ended_at=None),
                name="flisr_one_going_event_per_device",
            )
        ]

    def __str__(self) -> str:
        return f"FLISR event {self.pk}"


class FlisrStep(models.Model):
    """One switch of the plan that was taken."""

    class State(models.TextChoices):
        """Where a step stands."""

        NOT_STARTED = "not_started", _("Not started")
        PENDING = "pending", _("Waiting for the field")
        INSTRUCTED = "instructed", _("Instructed")
        COMPLETED = "completed", _("Completed")
        ALREADY = "already", _("Already there")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Left out")

    event = models.ForeignKey(FlisrEvent, on_delete=models.CASCADE, related_name="steps")
    revision = models.PositiveIntegerField()  # of the planning
    place = models.PositiveSmallIntegerField()
    equipment_mrid = models.CharField(max_length=80)
    equipment_name = models.CharField(max_length=120)
    is_close = models.BooleanField()
    is_remote = models.BooleanField()
    purpose = models.CharField(max_length=10)  # isolate, island, separate, join, restore, transfer, undo
    state = models.CharField(max_length=12, choices=State.choices, default="not_started")
    operation_id = models.UUIDField(null=True)
    order_step = models.OneToOneField(
        "outages.SwitchingStep", on_delete=models.PROTECT, null=True, related_name="flisr_step"
    )  # by which a crew was told to do it
    actor = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=str, blank=True)  # a phrase, or the words of the field

    class Meta:
        ordering = ["revision", "place"]
        constraints = [
            models.UniqueConstraint(fields=["event", "revision", "place"], name="flisr_step_once"),
        ]
        indexes = [models.Index(fields=["operation_id"], name="flisr_step_of_operation")]

    def __str__(self) -> str:
        return f"{'close' if self.is_close else 'open'} {self.equipment_name}"


class FlisrEntry(models.Model):
    """One line of an event's report: what happened, when, by whom."""

    event = models.ForeignKey(FlisrEvent, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=20)
    text = models.JSONField()  # a phrase, see selectors.flisr_words; words in rows of old
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
