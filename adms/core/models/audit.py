"""The audit trail: append-only (a trigger refuses changes), refusals included."""

from django.db import models
from django.db.models.functions import Now


class AuditEntry(models.Model):
    """Who did, or was refused, what, on which object, why, and by which way in."""

    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    way = models.CharField(max_length=20)  # browser, rest, cim, command, system
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=200, blank=True)
    area = models.CharField(max_length=60, blank=True)
    result = models.CharField(max_length=10, choices=[("ok", "OK"), ("refused", "Refused"), ("failed", "Failed")])
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["object", "-recorded_at"]),
            models.Index(fields=["-recorded_at"]),
            models.Index(fields=["-id"], condition=~models.Q(result="ok"), name="refused_and_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.recorded_at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.object} {self.result}"


class AuditLink(models.Model):
    """One link of the chain over the trail, written by the database when the entry's transaction commits.

    `digest` is SHA-256 over the digest before it, the number and the whole entry: who changes, removes, adds or moves an entry breaks
    every link after it.
    """

    number = models.BigIntegerField(primary_key=True)  # without gaps, in the order of the commits
    entry = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    linked_at = models.DateTimeField(db_default=Now())  # by the database's clock

    def __str__(self) -> str:
        return f"{self.number}: {self.digest[:12]}"
