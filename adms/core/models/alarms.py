"""Alarms as they stand, every transition of each, what is shelved, and what a utility changed about a kind."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Alarm(models.Model):
    """Something that needs a response. Two facts apart: does it stand, was it acknowledged; closed when it stands no more and was."""

    definition = models.CharField(max_length=60)
    source = models.CharField(max_length=120)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="alarms")
    priority = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)  # in the language of the site, to be searched
    told = models.JSONField(default=dict, blank=True)  # the phrase it is made of; none in rows of old
    cause = models.CharField(max_length=120)
    link = models.CharField(max_length=300, blank=True)
    model = models.CharField(max_length=60, blank=True)
    branch = models.IntegerField(null=True)
    is_active = models.BooleanField(default=True)
    is_acknowledged = models.BooleanField(default=False)
    is_shelved = models.BooleanField(default=False)
    occurrences = models.PositiveIntegerField(default=1)
    latest = models.BigIntegerField(default=0)  # its last AlarmEvent that somebody has to have seen to acknowledge it
    first_raised_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "source"], condition=models.Q(closed_at=None), name="one_open_alarm_of_a_source"
            ),
        ]
        indexes = [
            models.Index(
                fields=["area", "priority", "-raised_at"], condition=models.Q(closed_at=None), name="open_alarms"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.source}"


class AlarmEvent(models.Model):
    """A transition of an alarm; never changed. Rates and the journal are read from here."""

    class Kind(models.TextChoices):
        """What happened."""

        RAISED = "raised", _("Came")
        RETURNED = "returned", _("Returned to normal")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        SHELVED = "shelved", _("Shelved")
        UNSHELVED = "unshelved", _("Put back")

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    priority = models.PositiveSmallIntegerField()
    is_silent = models.BooleanField(default=False)  # it came while shelved: nobody was called
    actor = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "at"], name="alarm_events_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.kind}"


class AlarmShelf(models.Model):
    """An alarm put aside by a person, with a reason and an end: a time, or once, until it returns to normal."""

    definition = models.CharField(max_length=60)
    source = models.CharField(max_length=120)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    is_once = models.BooleanField(default=False)
    until = models.DateTimeField()
    shelved_by = models.CharField(max_length=150)
    shelved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "source"], condition=models.Q(ended_at=None), name="one_shelf_of_a_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.source}"


class AlarmKind(models.Model):
    """What a utility changed about a declared kind of alarm."""

    definition = models.CharField(max_length=60, unique=True)
    priority = models.PositiveSmallIntegerField()
    is_enabled = models.BooleanField(default=True)
    reason = models.CharField(max_length=300)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.definition
