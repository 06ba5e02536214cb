"""Inbox, outbox and quarantine. A row here is the record; Celery and Redis only ring the bell."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class InboxMessage(models.Model):
    """A message as it was received. (source, message_id) is the key of its single effect; `reply` is the answer of all repeats."""

    partner = models.ForeignKey("integration.Partner", on_delete=models.PROTECT, related_name="inbox")
    source = models.CharField(max_length=80)
    message_id = models.CharField(max_length=120)
    correlation_id = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=20)
    noun = models.CharField(max_length=60)
    body = models.BinaryField()
    body_hash = models.CharField(
        max_length=64
    )  # SHA-256 over verb, noun and payload; a resend may carry a new Timestamp
    received_at = models.DateTimeField()
    result = models.CharField(max_length=10, blank=True)  # OK, PARTIAL, FAILED
    status = models.PositiveSmallIntegerField(default=0)  # of the HTTP answer
    reply = models.BinaryField(default=b"")
    items = models.PositiveIntegerField(default=0)
    items_failed = models.PositiveIntegerField(default=0)
    effects = models.JSONField(default=dict)  # what was matched and made, for the inspector
    repeats = models.PositiveIntegerField(default=0)
    nonce = models.CharField(
        max_length=200, blank=True, db_default=""
    )  # Header/ReplayDetection; used by one message only

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "message_id"], name="inbox_once"),
            models.UniqueConstraint(fields=["source", "nonce"], condition=~models.Q(nonce=""), name="inbox_nonce_once"),
        ]
        indexes = [models.Index(fields=["-received_at"]), models.Index(fields=["noun", "-received_at"])]

    def __str__(self) -> str:
        return f"{self.source} {self.message_id}"


class OutboxMessage(models.Model):
    """A message to one partner, written in the transaction that caused it, delivered until it is accepted or dead."""

    class State(models.TextChoices):
        """Life of an outgoing message."""

        PENDING = "pending", _("Pending")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Dead letter")

    partner = models.ForeignKey("integration.Partner", on_delete=models.CASCADE, related_name="outbox")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    cause = models.CharField(max_length=120)  # e.g. event:north/55: the same cause makes one message per partner
    object_key = models.CharField(max_length=120)  # order is kept per object
    verb = models.CharField(max_length=20)
    noun = models.CharField(max_length=60)
    body = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    latest_error = models.TextField(blank=True)
    reply = models.BinaryField(default=b"")
    dialect = models.JSONField(null=True)  # the partner's when it was first sent: a repeat is the same to the byte

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "cause", "noun"], name="outbox_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(state="pending"), name="outbox_due"),
            models.Index(fields=["next_attempt_at"], condition=models.Q(state="dead"), name="outbox_dead"),
            models.Index(fields=["partner", "object_key", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.verb} {self.noun}"


class Quarantine(models.Model):
    """A message that was refused: kept with its reason, counted when it comes again, never an effect."""

    partner = models.ForeignKey("integration.Partner", on_delete=models.CASCADE, null=True, related_name="quarantine")
    sha256 = models.CharField(max_length=64)
    excerpt = models.BinaryField()  # the first 64 KB
    size = models.PositiveIntegerField()
    message_id = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=20, blank=True, db_default="")  # as far as its envelope could be read
    noun = models.CharField(max_length=60, blank=True, db_default="")
    code = models.CharField(max_length=10)
    reason = models.TextField()
    details = models.JSONField(default=list)
    first_seen_at = models.DateTimeField()
    latest_seen_at = models.DateTimeField()
    seen = models.PositiveIntegerField(default=1)
    taken_again_at = models.DateTimeField(null=True)  # a person had it taken after all
    taken_again_by = models.CharField(max_length=150, blank=True, db_default="")
    taken_again_status = models.PositiveSmallIntegerField(default=0, db_default=0)  # of the answer it got then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "sha256", "code"], name="quarantine_once", nulls_distinct=False)
        ]
        indexes = [models.Index(fields=["-latest_seen_at"])]

    def __str__(self) -> str:
        return f"{self.code} {self.sha256[:12]}"
