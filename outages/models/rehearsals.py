"""Rehearsals of switching orders as jobs: asked for, how far, and what came of each."""

import uuid

from django.db import models


class OrderRehearsal(models.Model):
    """One rehearsal of one order. Its answer is kept with the order (`SwitchingOrder.rehearsal`); this row says how it went."""

    class State(models.TextChoices):
        """Life of a rehearsal."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey("outages.SwitchingOrder", on_delete=models.CASCADE, related_name="rehearsals")
    basis = models.CharField(max_length=10)
    asked_by = models.CharField(max_length=150)
    asker = models.JSONField(default=dict)  # {"user_id", "way"}: their rights are looked at again
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    states_done = models.PositiveSmallIntegerField(default=0)  # states of the network whose power flow is solved
    states_in_all = models.PositiveSmallIntegerField(default=0)
    cancelled_by = models.CharField(max_length=150, blank=True)  # asked for; the worker stops at its next state
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=("queued", "running")),
                name="one_rehearsal_under_way",
            )
        ]
        indexes = [models.Index(fields=["order", "-created_at"], name="latest_rehearsal")]

    def __str__(self) -> str:
        return f"rehearsal {self.pk} of {self.order_id}"

    @property
    def is_waiting(self) -> bool:
        """Whether it has no end yet."""
        return self.state in {self.State.QUEUED, self.State.RUNNING}
