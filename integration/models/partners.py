"""Other systems of the utility."""

from django.db import models


class Partner(models.Model):
    """One external system: its account, what it may send, what it subscribes to, where it listens."""

    name = models.CharField(max_length=80, unique=True)
    source = models.CharField(max_length=80, unique=True)  # Header.Source it must use
    user = models.OneToOneField("core.User", on_delete=models.PROTECT, related_name="partner")
    allowed = models.JSONField(default=list)  # ["created EndDeviceEvents", ...]
    endpoint_url = models.URLField(blank=True)
    endpoint_token = models.CharField(max_length=200, blank=True)  # sent as bearer token when we call it
    subscriptions = models.JSONField(default=list)  # nouns
    filters = models.JSONField(default=dict, db_default={})  # by noun, of what it is told: see services.routing
    dialect = models.JSONField(default=dict, db_default={})  # how its messages differ from ours: see cim.dialects
    certificate = models.TextField(blank=True)  # PEM, pinned: a signature in its messages must be by this one
    must_sign = models.BooleanField(default=False)  # what it sends without a signature is refused
    is_signed_to = models.BooleanField(default=False)  # what we send to it is signed
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # in a row, when calling it
    paused_until = models.DateTimeField(null=True)  # circuit breaker
    latest_error = models.TextField(blank=True)
    #: It is expected to say something so often; longer silence is an alarm. 0: nobody waits for it.
    heard_every_min = models.PositiveIntegerField(default=0, db_default=0)
    latest_received_at = models.DateTimeField(null=True)
    latest_delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
