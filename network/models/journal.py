"""The append-only journal of the operated network, and the present position of each switch that ever left its file's position."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Kinds of entries that change what lies over the built network; "position" entries move switches.
OVERLAY_KINDS = ("temporary", "commissioning")


class Quality(models.TextChoices):
    """Quality of a position or value (domain anchor, SCADA points)."""

    GOOD = "good", _("Good")
    SUSPECT = "suspect", _("Suspect")
    MANUAL = "manual", _("Manually replaced")
    STALE = "stale", _("Stale")
    FAILED = "failed", _("Failed")


class JournalEntry(models.Model):
    """One change of the operated network: gapless per area, never changed afterwards (a trigger refuses it)."""

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="journal")
    number = models.BigIntegerField()
    model = models.ForeignKey("network.NetworkModel", on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)  # position, temporary, commissioning, model
    equipment_mrid = models.CharField(max_length=80, blank=True)
    closed_before = models.PositiveSmallIntegerField(null=True)  # phase bits
    closed_after = models.PositiveSmallIntegerField(null=True)
    quality = models.CharField(max_length=10, choices=Quality.choices, default=Quality.GOOD)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=20)  # scada, operation, crew, operator, model
    actor = models.CharField(max_length=150)
    operation = models.ForeignKey("network.Operation", on_delete=models.PROTECT, null=True, related_name="entries")
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "number"], name="journal_number_once")]
        indexes = [
            models.Index(fields=["model", "equipment_mrid", "-number"]),
            models.Index(fields=["model", "occurred_at"]),
            models.Index(fields=["model", "recorded_at"]),
            models.Index(fields=["model", "id"], condition=models.Q(kind__in=OVERLAY_KINDS), name="journal_overlay"),
        ]

    def __str__(self) -> str:
        return f"{self.area_id}/{self.number} {self.kind} {self.equipment_mrid}"


class SwitchState(models.Model):
    """The present position of a switch: the sum of its journal entries, kept in the same transaction."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    equipment_mrid = models.CharField(max_length=80)
    closed_phases = models.PositiveSmallIntegerField()
    quality = models.CharField(max_length=10, choices=Quality.choices, default=Quality.GOOD)
    number = models.BigIntegerField()  # of the journal entry that made it
    source = models.CharField(max_length=20)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    heard_at = models.DateTimeField(
        null=True
    )  # when telemetry last said so, moved or not; kept where an age is checked

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "equipment_mrid"], name="switch_state_once")]

    def __str__(self) -> str:
        return f"{self.equipment_mrid}: {self.closed_phases}"
