"""The shift log, which only grows, and handovers from one person to the next."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class ShiftEntry(models.Model):
    """One version of one entry of the shift log. A correction is a new version; the database refuses to change or delete one."""

    class Kind(models.TextChoices):
        """What it is about; `NEXT` is a note that the next shift is to read."""

        NOTE = "note", _("Note")
        NEXT = "next", _("For the next shift")
        ORDER = "order", _("Switching order")
        OUTAGE = "outage", _("Outage")
        FLISR = "flisr", _("FLISR")
        AUTHORITY = "authority", _("Area authority")
        CONTROL = "control", _("Control")
        HANDOVER = "handover", _("Handover")

    entry = models.UUIDField(default=uuid.uuid4, editable=False)  # the same for all versions
    version = models.PositiveIntegerField(default=1)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=2000)
    about = models.CharField(max_length=120, blank=True)  # what it names, in words: "Outage 12"
    link = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=150, blank=True)  # account; empty: written by Tieline itself
    author_label = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # of a correction
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reference = models.CharField(max_length=120, blank=True)  # the event it was written for

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "version"], name="shift_entry_version_once"),
            models.UniqueConstraint(
                fields=["reference"], condition=~models.Q(reference=""), name="shift_entry_of_an_event_once"
            ),
        ]
        indexes = [models.Index(fields=["area", "-occurred_at"], name="shift_log_of_an_area")]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_automatic(self) -> bool:
        """Whether Tieline wrote it."""
        return not self.author


class Handover(models.Model):
    """One area from one person to another: signed with what was open at that moment, accepted by the other one."""

    class State(models.TextChoices):
        """Its life."""

        WAITING = "waiting", _("Waits to be accepted")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    contents = models.JSONField()  # [{"title", "rows": [{"text", "link"}], "more"}] as it was signed
    note = models.CharField(max_length=2000, blank=True)
    with_area = models.BooleanField()  # authority over the area goes with it
    outgoing = models.CharField(max_length=150)  # account
    outgoing_person = models.CharField(max_length=150)
    outgoing_label = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField()
    incoming = models.CharField(max_length=150)  # account that is asked
    incoming_person = models.CharField(max_length=150, blank=True)
    incoming_label = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # of who declined or withdrew it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area"], condition=models.Q(state="waiting"), name="one_waiting_handover_of_an_area"
            ),
            models.CheckConstraint(
                condition=models.Q(incoming_person="") | ~models.Q(incoming_person=models.F("outgoing_person")),
                name="never_handed_over_to_oneself",
            ),
        ]
        indexes = [models.Index(fields=["area", "-signed_at"], name="handovers_of_an_area")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.outgoing} {self.state}"
