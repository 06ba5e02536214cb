"""What is kept of every long job: who asked, how far it is, how it ended. Each kind is a table of its own that adds what was asked."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class LongJob(models.Model):
    """A row of work that somebody waits for; `adms.core.services.long_jobs` leads it through its life."""

    class State(models.TextChoices):
        """Life of a job."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    WAITING = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_by = models.CharField(max_length=150)
    asker = models.JSONField(default=dict)  # {"user_id", "way"}: their rights are looked at once more when it is done
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=200, blank=True)  # what is done now
    error = models.TextField(blank=True)  # why it has no answer
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        """Whether it has no end yet."""
        return self.state in self.WAITING
