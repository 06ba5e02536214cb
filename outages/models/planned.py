"""Planned outages: supply taken on purpose, known in advance."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlannedOutage(models.Model):
    """One request to open devices in a window. What happens when they open is told by `Outage.planned_outage`."""

    class State(models.TextChoices):
        """See outages.domain.planned."""

        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        NOTIFIED = "notified", _("Notified")
        IN_EXECUTION = "in_execution", _("In execution")
        PARTLY_RESTORED = "partly_restored", _("Partly restored")
        RESTORED = "restored", _("Restored")
        COMPLETED = "completed", _("Completed")
        REJECTED = "rejected", _("Rejected")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

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
    # Customers of the scope: on either state of the network, on the normal one, on the present one; and the critical ones.
    customers_known = models.PositiveIntegerField(default=0)
    customers_normal = models.PositiveIntegerField(default=0)
    customers_present = models.PositiveIntegerField(default=0)
    critical = models.PositiveIntegerField(default=0)
    feeders = models.JSONField(default=list)  # as built, of who will lose supply
    kw = models.FloatField(default=0)  # that will be lost with the switches as they are now
    scope_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)  # when its customers were told first
    expired_at = models.DateTimeField(null=True)
    overrun_at = models.DateTimeField(null=True)  # when it was seen that the window is over and supply is not back

    class Meta:
        ordering = ["begins_at", "pk"]
        indexes = [
            models.Index(fields=["model_key", "state", "begins_at"], name="planned_by_state"),
            models.Index(fields=["begins_at", "ends_at"], name="planned_by_window"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")), name="planned_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"Planned outage {self.pk}"


class PlannedDraft(models.Model):
    """What a person has chosen and typed of a request that is not made yet: he may go to the map and come back."""

    person = models.CharField(max_length=150, unique=True)
    content = models.JSONField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Draft of {self.person}"


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


class PlannedNotice(models.Model):
    """One round of telling customers of a planned outage: the facts as all its customers get them, whatever the channel."""

    class Kind(models.TextChoices):
        """Why customers are told."""

        ANNOUNCED = "announced", _("Announced")
        WINDOW = "window", _("Window changed")
        SCOPE = "scope", _("Other customers")
        OVERRUN = "overrun", _("Takes longer")
        CANCELLED = "cancelled", _("Cancelled")

    planned_outage = models.ForeignKey(PlannedOutage, on_delete=models.CASCADE, related_name="notices")
    number = models.PositiveIntegerField()  # within the planned outage, from 1
    kind = models.CharField(max_length=10, choices=Kind.choices)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    text = models.CharField(max_length=400)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)  # the legal period before the beginning was not kept
    chunks = models.PositiveIntegerField(default=0)  # messages to each subscriber
    is_by_hand = models.BooleanField(default=False)  # nobody takes the messages: a person tells the customers

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["planned_outage", "number"], name="planned_notice_once")]

    def __str__(self) -> str:
        return self.text


class PlannedNoticeCustomer(models.Model):
    """What one customer is told in a round, and whether it arrived."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("On its way")
        DELIVERED = "delivered", _("Delivered")
        REFUSED = "refused", _("Refused")
        BY_HAND = "by_hand", _("To be told by a person")

    notice = models.ForeignKey(PlannedNotice, on_delete=models.CASCADE, related_name="customers")
    usage_point = models.ForeignKey("metering.UsagePoint", on_delete=models.PROTECT, related_name="+")
    mrid = models.CharField(max_length=36)  # the same in all rounds: a later message changes or cancels the first
    verb = models.CharField(max_length=10)  # created, changed, canceled
    chunk = models.PositiveIntegerField()
    is_critical = models.BooleanField()
    state = models.CharField(max_length=10, choices=State.choices, default="waiting")
    settled_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True)  # who took it, or why it was refused
    acknowledged_at = models.DateTimeField(null=True)  # a critical customer said that he knows
    acknowledged_by = models.CharField(max_length=150, blank=True)
    acknowledged_how = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "usage_point"], name="planned_notice_customer_once")]
        indexes = [
            models.Index(fields=["notice", "chunk"]),
            models.Index(fields=["mrid"]),
            models.Index(fields=["usage_point"]),
        ]

    def __str__(self) -> str:
        return f"{self.mrid} {self.verb}"


class PlannedEntry(models.Model):
    """One line of a planned outage's timeline."""

    planned_outage = models.ForeignKey(PlannedOutage, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=30)
    told = models.JSONField(default=dict)  # the phrase it is told from (outages.selectors.planned_words)
    text = models.CharField(max_length=400)  # the same in the language of the site; of rows of old all there is
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text
