"""What somebody asks the program to suggest, as a job: the goal, how far it is, and the ways that were found."""

import uuid

from django.db import models


class SwitchingSuggestion(models.Model):
    """One question; `proposals` are its answer (`outages.services.switching.proposals`), of the network as it was then."""

    class State(models.TextChoices):
        """Life of a question."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    model_key = models.CharField(max_length=60)
    goal = models.CharField(max_length=12)
    equipment_mrid = models.CharField(max_length=80, blank=True)
    equipment_name = models.CharField(max_length=120, blank=True)
    terms = models.JSONField(default=dict)  # numbers of the goal
    asked_by = models.CharField(max_length=150)
    asker = models.JSONField(default=dict)  # {"user_id", "way"}: their rights are looked at again
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=200, blank=True)
    proposals = models.JSONField(default=list)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by"],
                condition=models.Q(state__in=("queued", "running")),
                name="one_suggestion_under_way",
            )
        ]
        indexes = [models.Index(fields=["asked_at"], name="suggestions_by_time")]

    def __str__(self) -> str:
        return f"{self.goal} {self.equipment_name}".strip()

    @property
    def is_waiting(self) -> bool:
        """Whether it has no end yet."""
        return self.state in {self.State.QUEUED, self.State.RUNNING}
