"""Outages and their timeline."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outage(models.Model):
    """One interruption of supply as it is worked on, from the first evidence to the completed report."""

    class State(models.TextChoices):
        """Where the work stands (domain anchor, incident states)."""

        NEW = "new", _("New")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        ASSIGNED = "assigned", _("Assigned")
        EN_ROUTE = "en_route", _("En route")
        ON_SITE = "on_site", _("On site")
        MADE_SAFE = "made_safe", _("Made safe")
        PARTLY_RESTORED = "partly_restored", _("Partly restored")
        RESTORED = "restored", _("Restored")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        VERIFY = "verify", _("Verify: meter has supply")

    class Confidence(models.TextChoices):
        """How sure we are of the device."""

        PREDICTED = "predicted", _("Predicted")
        PROBABLE = "probable", _("Probable")
        CONFIRMED = "confirmed", _("Confirmed")

    class Kind(models.TextChoices):
        """What it is."""

        OUTAGE = "outage", _("Outage")
        SINGLE = "single", _("Single customer")
        PLANNED = "planned", _("Planned")
        MOMENTARY = "momentary", _("Momentary")
        HAZARD = "hazard", _("Hazard")

    mrid = models.CharField(max_length=36, unique=True)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    model_key = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices)
    confidence = models.CharField(max_length=10, choices=Confidence.choices)
    device_mrid = models.CharField(max_length=80)
    device_name = models.CharField(max_length=120)
    feeder = models.CharField(max_length=120, blank=True)
    phases = models.PositiveSmallIntegerField()
    node = models.IntegerField()  # just below the device
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    customers_affected = models.PositiveIntegerField(default=0)  # at the start
    customers_out = models.PositiveIntegerField(default=0)  # now
    critical_out = models.PositiveIntegerField(default=0)
    priority = models.IntegerField(default=0)
    started_at = models.DateTimeField()  # the earliest evidence
    predicted_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    returning_at = models.DateTimeField(
        null=True
    )  # when meters last said that supply is back: until then prediction leaves it
    restored_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    etr_at = models.DateTimeField(null=True)
    etr_source = models.CharField(max_length=10, blank=True)  # machine, crew, operator
    cause = models.CharField(max_length=40, blank=True)
    remedy = models.CharField(max_length=80, blank=True)
    cancelled_reason = models.CharField(max_length=200, blank=True)
    explanation = models.JSONField(default=dict)
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="nested")
    planned_outage = models.ForeignKey(  # the planned work it is
        "outages.PlannedOutage", on_delete=models.PROTECT, null=True, related_name="outages"
    )
    work_order = models.ForeignKey("workforce.WorkOrder", on_delete=models.SET_NULL, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)  # raised by every change; goes out with messages
    decided_revision = models.PositiveIntegerField(default=1)  # the last one that was more than reports coming in

    class Meta:
        indexes = [
            models.Index(fields=["state"]),
            models.Index(fields=["model_key", "device_mrid"]),
            models.Index(fields=["model_key", "node"]),
        ]

    def __str__(self) -> str:
        return f"Outage {self.pk}"


class RestorationCheck(models.Model):
    """When the customers of an outage are asked whether they are back; gone once they were."""

    outage = models.OneToOneField(Outage, on_delete=models.CASCADE, primary_key=True, related_name="restoration_check")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Outage {self.outage_id}, {self.due_at:%Y-%m-%d %H:%M:%S}"


class OutageEntry(models.Model):
    """One line of an outage's timeline: what happened, when in the field, when it was known, by whom."""

    outage = models.ForeignKey(Outage, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=400)  # words where it keeps no phrase: of old, or what a person wrote
    told = models.JSONField(default=dict)  # the phrase it is told from (outages.selectors.timeline_words)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=150)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return self.text or str(self.told.get("code", ""))
