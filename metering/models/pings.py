"""Questions to meters (on-demand reads) and their answers. Every one is listed: who or which rule asked, and what came back."""

import uuid

from django.db import models


class Ping(models.Model):
    """One round of asking meters whether they have supply."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_by = models.CharField(max_length=150)  # a person, or the rule that asked
    purpose = models.CharField(max_length=40)  # verify_call, verify_prediction, verify_restoration, by_hand
    reference = models.CharField(max_length=80, blank=True)  # outage:12, call:7
    asked_at = models.DateTimeField()
    deadline_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose} {self.asked_at:%Y-%m-%d %H:%M:%S}"


class PingAnswer(models.Model):
    """What one meter answered: on, off (explicit), or nothing until the deadline."""

    ping = models.ForeignKey(Ping, on_delete=models.CASCADE, related_name="answers")
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, related_name="ping_answers")
    answer = models.CharField(max_length=8, blank=True)  # "", on, off, none
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ping", "meter"], name="ping_answer_once")]

    def __str__(self) -> str:
        return f"{self.meter_id}: {self.answer or 'waiting'}"
