"""What is kept of reliability: customers served by day, the indices of each day, and reports that never change."""

from django.db import models


class ServedDay(models.Model):
    """Customers served on a local day by an area and feeder (as built); feeder "" holds those of no feeder."""

    day = models.DateField()
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    feeder = models.CharField(max_length=120, blank=True)
    customers = models.PositiveIntegerField()
    connected_kva = models.FloatField(null=True)  # their connected load; null where the model does not say it of all

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "area", "feeder"], name="served_once_a_day")]

    def __str__(self) -> str:
        return f"{self.customers} customers on {self.day}"


class DayIndices(models.Model):
    """Indices of one local day, of an area or of all of them (area null). A restated day is a new version; the old one stays."""

    day = models.DateField()
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, null=True)
    version = models.PositiveIntegerField()
    figures = models.JSONField()  # as told over REST; numbers unrounded
    border_minutes = models.FloatField()
    computed_at = models.DateTimeField()
    is_latest = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "area", "version"], name="day_indices_version", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["day", "area"],
                condition=models.Q(is_latest=True),
                name="day_indices_latest",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} version {self.version}"


class FrozenReport(models.Model):
    """A report as it was handed out: the table refuses every change; a restatement is a report of its own."""

    name = models.CharField(max_length=120, unique=True)
    begin = models.DateTimeField()
    end = models.DateTimeField()
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, null=True)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    preliminary = models.CharField(
        max_length=300, blank=True, default="", db_default=""
    )  # why it was not the last word, as its document says
    restates = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="restated_by")
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name
