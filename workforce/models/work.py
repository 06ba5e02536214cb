"""Work orders and who is on them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

LIVE = ("assigned", "accepted", "en_route", "on_site", "made_safe", "suspended")


class WorkOrder(models.Model):
    """A job in the field. `subject` is for whom ("outage:12"), in the words of who asked; workforce never reads it."""

    class State(models.TextChoices):
        """Life of a work order."""

        OPEN = "open", _("Open")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    subject = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    priority = models.IntegerField(default=0)
    equipment_mrid = models.CharField(max_length=80, blank=True)
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=State.choices)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title


class Assignment(models.Model):
    """One crew on one work order, with the time of each step."""

    class State(models.TextChoices):
        """Life of an assignment."""

        ASSIGNED = "assigned", _("Assigned")
        ACCEPTED = "accepted", _("Accepted")
        EN_ROUTE = "en_route", _("En route")
        ON_SITE = "on_site", _("On site")
        MADE_SAFE = "made_safe", _("Made safe")
        SUSPENDED = "suspended", _("Suspended")
        COMPLETED = "completed", _("Completed")
        RELEASED = "released", _("Released")

    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="assignments")
    crew = models.ForeignKey("workforce.Crew", on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=10, choices=State.choices)
    assigned_by = models.CharField(max_length=150)
    assigned_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    on_site_at = models.DateTimeField(null=True)
    made_safe_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["work_order", "crew"], condition=models.Q(state__in=LIVE), name="one_live_assignment"
            ),
            models.UniqueConstraint(fields=["crew"], condition=models.Q(state="en_route"), name="one_job_en_route"),
        ]

    def __str__(self) -> str:
        return f"{self.crew_id} on {self.work_order_id}: {self.state}"
