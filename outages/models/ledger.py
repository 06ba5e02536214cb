"""The interruption ledger: the only base of reliability figures."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Interruption(models.Model):
    """One customer group (same place, phases and times) of one outage: off from `began_at` to `ended_at`.

    A group whose members come back at different times is split. A correction writes a new row and supersedes the old one.
    """

    outage = models.ForeignKey("outages.Outage", on_delete=models.PROTECT, related_name="interruptions")
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    model_key = models.CharField(max_length=60)
    equipment_mrid = models.CharField(max_length=80)  # the service transformer
    node = models.IntegerField()
    feeder = models.CharField(max_length=120, blank=True)
    phases = models.PositiveSmallIntegerField()
    usage_points = ArrayField(models.BigIntegerField())
    customers = models.PositiveIntegerField()
    connected_kva = models.FloatField(null=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_provisional = models.BooleanField(default=True)  # rests on a prediction nobody confirmed yet
    is_planned = models.BooleanField(default=False)
    excluded_reason = models.CharField(max_length=120, blank=True)
    superseded_at = models.DateTimeField(null=True)
    superseded_reason = models.CharField(max_length=200, blank=True)
    cause = models.CharField(max_length=40, blank=True)  # where a correction names another than the outage's
    device_name = models.CharField(max_length=120, blank=True)  # likewise
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    corrected_by = models.CharField(max_length=150, blank=True)
    agreed_by = models.CharField(
        max_length=150, blank=True, default="", db_default=""
    )  # the second person, where one is needed
    corrected_at = models.DateTimeField(null=True)  # when this version was made
    written_by = models.BigIntegerField(
        default=0, db_default=0, editable=False
    )  # transaction of the latest write, by a trigger

    class Meta:
        indexes = [
            models.Index(fields=["model_key", "node"], condition=models.Q(ended_at=None), name="open_interruptions"),
            models.Index(fields=["began_at"]),
            models.Index(fields=["written_by"], name="ledger_written_by"),
            models.Index(
                fields=["corrected_at"], condition=models.Q(corrected_at__isnull=False), name="corrected_rows"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("began_at")),
                name="ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customers} customers from {self.began_at:%Y-%m-%d %H:%M:%S}"
