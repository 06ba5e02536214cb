"""Rehearsals of switching orders as jobs: asked for, how far, and what came of each."""

from django.db import models

from adms.core.models import LongJob


class OrderRehearsal(LongJob):
    """One rehearsal of one order. Its answer is kept with the order (`SwitchingOrder.rehearsal`); this row says how it went."""

    order = models.ForeignKey("outages.SwitchingOrder", on_delete=models.CASCADE, related_name="rehearsals")
    basis = models.CharField(max_length=10)
    then = models.CharField(max_length=10, blank=True)  # check, approve, issue: done with its answer, by whoever asked
    revision = models.PositiveIntegerField(null=True)  # of the order, as it was seen then
    states_done = models.PositiveSmallIntegerField(default=0)  # states of the network whose power flow is solved
    states_in_all = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=("queued", "running")),
                name="one_rehearsal_under_way",
            )
        ]
        indexes = [models.Index(fields=["order", "-asked_at"], name="latest_rehearsal")]

    def __str__(self) -> str:
        return f"rehearsal {self.pk} of {self.order_id}"
