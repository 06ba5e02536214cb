"""Planned outages: supply taken on purpose, known in advance."""

from django.db import models


class PlannedOutage(models.Model):
    """One request to open devices in a window. What happens when they open is told by `Outage.planned_outage`."""

    class State(models.TextChoices):
        """See outages.domain.planned."""

        REQUESTED = "requested", "Requested"
        APPROVED = "approved", "Approved"
        IN_EXECUTION = "in_execution", "In execution"
        RESTORED = "restored", "Restored"
        COMPLETED = "completed", "Completed"
        REJECTED = "rejected", "Rejected"
        CANCELLED = "cancelled", "Cancelled"

    mrid = models.CharField(max_length=36, unique=True)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    model_key = models.CharField(max_length=60)
    state = models.CharField(max_length=16, choices=State.choices, default="requested")
    devices = models.JSONField()  # [{"mrid": ..., "name": ..., "phases": bits}]
    device_mrids = models.JSONField()  # of the above, to find it by
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    purpose = models.CharField(max_length=200)
    order_reference = models.CharField(max_length=60, blank=True)  # of the switching order that carries it out
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # of a rejection or cancellation
    scope_basis = models.CharField(
        max_length=60, blank=True
    )  # version and number of the network state it was computed on
    scope_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    overrun_at = models.DateTimeField(null=True)  # when it was seen that the window is over and supply is not back

    class Meta:
        ordering = ["begins_at", "pk"]
        indexes = [models.Index(fields=["model_key", "state", "begins_at"], name="planned_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")), name="planned_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"Planned outage {self.pk}"


class PlannedCustomer(models.Model):
    """A customer who will lose supply: with the switches as they normally are, as they are now, or both."""

    planned_outage = models.ForeignKey(PlannedOutage, on_delete=models.CASCADE, related_name="customers")
    usage_point = models.ForeignKey("metering.UsagePoint", on_delete=models.PROTECT, related_name="+")
    in_normal = models.BooleanField()
    in_present = models.BooleanField()
    is_critical = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["planned_outage", "usage_point"], name="planned_customer_once")]

    def __str__(self) -> str:
        return f"{self.usage_point_id} in planned outage {self.planned_outage_id}"


class PlannedEntry(models.Model):
    """One line of a planned outage's timeline."""

    planned_outage = models.ForeignKey(PlannedOutage, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=400)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text
