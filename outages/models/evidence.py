"""Evidence: what speaks for or against somebody being without supply."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Evidence(models.Model):
    """One report, with its weight and time; it stays visible on the outage it belongs to.

    Dark: call, gasp, ping_off, crew_off, trip. Live: restore, ping_on. `reference` is unique per kind: told twice, kept once.
    """

    class Kind(models.TextChoices):
        """What the evidence is."""

        CALL = "call", _("Trouble call")
        GASP = "gasp", _("Last gasp")
        PING_OFF = "ping_off", _("Meter does not answer")
        CREW_OFF = "crew_off", _("Crew: no supply")
        TRIP = "trip", _("Device opened (SCADA)")
        RESTORE = "restore", _("Meter restored")
        PING_ON = "ping_on", _("Meter answers")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    reference = models.CharField(max_length=120)  # call:7, meter:12:2026-03-01T10:15:28+00:00, journal:north/55
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, db_index=False)
    model_key = models.CharField(max_length=60)
    usage_point = models.ForeignKey(
        "metering.UsagePoint", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    equipment_mrid = models.CharField(max_length=80)  # the service transformer, or the device that tripped
    node = models.IntegerField()
    phases = models.PositiveSmallIntegerField()
    weight = models.FloatField(default=1)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    outage = models.ForeignKey("outages.Outage", on_delete=models.SET_NULL, null=True, related_name="evidence")
    joined_at = models.DateTimeField(
        null=True
    )  # when it first belonged to an outage: what it waited is the lag of intake
    settled_at = models.DateTimeField(null=True)  # no longer asks for a prediction: restored, withdrawn or expired
    settled_reason = models.CharField(max_length=120, blank=True)
    written_by = models.BigIntegerField(
        default=0, db_default=0, editable=False
    )  # transaction of the latest write, by a trigger

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "reference"], name="evidence_once")]
        indexes = [
            models.Index(
                fields=["model_key", "occurred_at"],
                condition=models.Q(settled_at=None, outage=None, kind__in=("call", "gasp", "ping_off", "crew_off")),
                name="waiting_evidence",
            ),
            models.Index(
                fields=["model_key", "node"], condition=models.Q(settled_at=None, outage=None), name="open_evidence_at"
            ),
            models.Index(fields=["usage_point", "-occurred_at"]),
            models.Index(fields=["written_by"], name="evidence_written_by"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
