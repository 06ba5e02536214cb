"""Trouble calls."""

from django.db import models


class Call(models.Model):
    """A report of trouble by telephone, web, app or another system (TroubleTicket)."""

    mrid = models.CharField(max_length=80)
    source = models.CharField(max_length=80)  # of which system; "tieline" for our own form
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    usage_point = models.ForeignKey("metering.UsagePoint", on_delete=models.PROTECT, null=True, related_name="+")
    caller_name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=200, blank=True)
    trouble_codes = models.JSONField(default=list)
    priority = models.IntegerField(default=0)
    hazard = models.CharField(max_length=60, blank=True)
    comment = models.TextField(blank=True)
    reporting_kind = models.CharField(max_length=10, default="call")
    wants_callback = models.BooleanField(default=False)
    reported_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    taken_by = models.CharField(max_length=150)
    outage = models.ForeignKey("outages.Outage", on_delete=models.SET_NULL, null=True, related_name="calls")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "mrid"], name="call_once")]
        indexes = [models.Index(fields=["-recorded_at"])]

    def __str__(self) -> str:
        return f"{self.source} {self.mrid}"
