"""Questions to meters (on-demand reads) and their answers. Every one is listed: who or which rule asked, and what came back."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Ping(models.Model):
    """One round of asking meters whether they have supply."""

    class Purpose(models.TextChoices):
        """What it was asked for."""

        CALL = "verify_call", _("Is the caller dark?")
        PREDICTION = "verify_prediction", _("Is the prediction right?")
        RESTORATION = "verify_restoration", _("Is everybody back?")
        BY_HAND = "by_hand", _("Asked by hand")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_by = models.CharField(max_length=150)  # a person, or the rule that asked
    is_automatic = models.BooleanField(default=False)
    purpose = models.CharField(max_length=40, choices=Purpose.choices)
    rule = models.CharField(max_length=200, blank=True)  # who was chosen, in words: "one meter per transformer"
    reason = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=80, blank=True)  # outage:12, call:7, customer:4, device:MRID
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    model_key = models.CharField(max_length=60, blank=True)
    silence_weight = models.FloatField(default=0)  # what a meter that does not answer weighs as evidence; 0: nothing
    skipped = models.JSONField(default=dict)  # why how many were not asked
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-asked_at"]), models.Index(fields=["reference", "-asked_at"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.asked_at:%Y-%m-%d %H:%M:%S}"


class PingBatch(models.Model):
    """The part of a ping that goes to one head-end in one message; its id is the CorrelationID on the way out and back."""

    class State(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", _("Waiting its turn")
        SENT = "sent", _("Asked")
        ANSWERED = "answered", _("Answered")
        SILENT = "silent", _("No word from the head-end")
        FAILED = "failed", _("Could not be asked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ping = models.ForeignKey(Ping, on_delete=models.CASCADE, related_name="batches")
    head_end = models.CharField(max_length=80, blank=True)  # through which these meters spoke last; empty: not known
    addressee = models.CharField(max_length=80, blank=True)  # the partner the message went to: nobody else may answer
    meters = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["queued_at"], condition=models.Q(state="queued"), name="ping_queued"),
            models.Index(fields=["deadline_at"], condition=models.Q(state="sent"), name="ping_sent"),
            models.Index(fields=["head_end", "-sent_at"]),
            models.Index(fields=["-sent_at"], condition=models.Q(sent_at__isnull=False), name="ping_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class PingAnswer(models.Model):
    """What one meter answered."""

    class Answer(models.TextChoices):
        """Per meter; who has not answered yet is empty."""

        ON = "on", _("Has supply")
        PART = "part", _("Supply on some phases")
        OFF = "off", _("Without supply")
        NONE = "none", _("No answer")
        REFUSED = "refused", _("Cannot be asked")
        UNKNOWN = "unknown", _("Not known: the head-end said nothing")

    ping = models.ForeignKey(Ping, on_delete=models.CASCADE, related_name="answers")
    batch = models.ForeignKey(PingBatch, on_delete=models.CASCADE, related_name="answers")
    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, related_name="ping_answers")
    answer = models.CharField(max_length=8, blank=True, choices=Answer.choices)
    phases_on = models.PositiveSmallIntegerField(default=0)
    phases_off = models.PositiveSmallIntegerField(default=0)
    volts = models.JSONField(default=dict)  # by phase letter, where the meter told
    note = models.CharField(max_length=200, blank=True)  # the head-end's words
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ping", "meter"], name="ping_answer_once")]

    def __str__(self) -> str:
        return f"{self.meter_id}: {self.answer or 'waiting'}"
