"""Long work asked for through the door, such as a model import."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of long work, its progress and its result."""

    class State(models.TextChoices):
        """Life of a job."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    asked_by = models.CharField(max_length=150)
    parameters = models.JSONField(default=dict)
    upload = models.BinaryField(default=b"")
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=40, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)  # what has been done so far: {"objects": 20000}
    log = models.JSONField(default=list)  # [[ISO time, stage, words], ...]
    cancelled_by = models.CharField(max_length=150, blank=True)  # asked for; the worker stops at its next step
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class JobPart(models.Model):
    """A piece of the file a job has made, in order: a large export is never held whole in memory."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of job {self.job_id}"
