"""The event log of each area, how far each subscriber has come, and what could not be handled."""

from django.db import models


class StoredEvent(models.Model):
    """One fact, numbered without gaps in its area, written in the transaction that made it true."""

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="events", db_index=False)
    number = models.BigIntegerField()
    name = models.CharField(max_length=60)
    payload = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "number"], name="event_number_once")]

    def __str__(self) -> str:
        return f"{self.area_id}/{self.number} {self.name}"


class Checkpoint(models.Model):
    """The number up to which a subscriber has handled an area's events; commits together with their effect."""

    subscriber = models.CharField(max_length=60)
    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, db_index=False)
    number = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "area"], name="checkpoint_once")]

    def __str__(self) -> str:
        return f"{self.subscriber}@{self.area_id}: {self.number}"


class FailedEvent(models.Model):
    """An event a subscriber gave up on, with the reason; visible and replayable, it blocks nobody behind it."""

    subscriber = models.CharField(max_length=60)
    event = models.ForeignKey(StoredEvent, on_delete=models.CASCADE)
    reason = models.TextField()
    failed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "event"], name="failed_event_once")]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.event_id}"
