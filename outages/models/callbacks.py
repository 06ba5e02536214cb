"""Callbacks: a customer is to be told when the supply is back, and may answer that it is not."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Callback(models.Model):
    """One promise to one customer for one incident; further calls about it are merged while it waits.

    Waiting until the customer's own supply is back; due: to be called now; then reached, still out (a new call and a new promise
    follow), unreached after the last try, or withdrawn.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("Waits for supply")
        DUE = "due", _("To be called")
        REACHED = "reached", _("Reached")
        STILL_OUT = "still_out", _("Still out")
        UNREACHED = "unreached", _("Not reached")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    mrid = models.CharField(max_length=36, unique=True)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    usage_point = models.ForeignKey("metering.UsagePoint", on_delete=models.PROTECT, null=True, related_name="+")
    outage = models.ForeignKey("outages.Outage", on_delete=models.SET_NULL, null=True, related_name="callbacks")
    call = models.ForeignKey(
        "outages.Call", on_delete=models.SET_NULL, null=True, related_name="+"
    )  # the latest merged
    calls = models.PositiveIntegerField(default=0)  # how many were merged
    follows = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="followed_by")
    name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    requested_at = models.DateTimeField()
    latest_at = models.DateTimeField()  # of the latest request merged: supply must be back since then
    requested_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)  # why it is to be called now, in the language of the site
    reason_told = models.JSONField(
        default=dict
    )  # the phrase of it (outages.selectors.callback_words); of rows of old none
    back_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # of the latest try
    tries = models.PositiveSmallIntegerField(default=0)
    is_by_hand = models.BooleanField(default=False)  # nobody takes the message: a person calls
    next_try_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    answer_told = models.JSONField(default=dict)  # the phrase of it, where no person put it in words
    answered_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["usage_point"], condition=models.Q(state="waiting"), name="callback_waits_once"
            )
        ]
        indexes = [
            models.Index(fields=["state", "-requested_at"]),
            models.Index(fields=["next_try_at"], condition=models.Q(state="due"), name="callback_tries"),
        ]

    def __str__(self) -> str:
        return f"Callback {self.pk}"
