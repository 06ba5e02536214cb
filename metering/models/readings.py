"""What meters read: values by meter, kind and moment, as they were told; how each day was judged; what was asked for."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReadingType(models.Model):
    """A kind of reading by its code of eighteen fields (IEC 61968-9), which says what is measured, in which unit."""

    code = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.code


class Reading(models.Model):
    """One value, in the unit and multiplier of its type. Told again with another value or quality, the latest word stands."""

    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, related_name="readings", db_index=False)
    type = models.ForeignKey(ReadingType, on_delete=models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField()  # of an interval its end
    value = models.FloatField()
    quality = models.CharField(max_length=60, blank=True)  # codes system.category.index, with blanks between
    reason = models.CharField(max_length=20, blank=True, db_default="")  # why it was read, e.g. billing; of registers
    mark = models.CharField(max_length=10, blank=True, db_default="")  # code of what validation found wrong with it
    is_estimated = models.BooleanField(default=False, db_default=False)  # ours, until the meter's own word comes
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter", "type", "read_at"], name="reading_once")]
        indexes = [models.Index(fields=["recorded_at"])]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.type_id} {self.read_at:%Y-%m-%d %H:%M:%S}"


class ReadingDay(models.Model):
    """One local day of one kind of interval readings of one meter, and how it was judged. Told anew, it is judged anew."""

    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, related_name="reading_days", db_index=False)
    type = models.ForeignKey(ReadingType, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    is_due = models.BooleanField(default=True)  # to be judged (again)
    expected = models.PositiveSmallIntegerField(default=0)  # intervals of the day
    told = models.PositiveSmallIntegerField(default=0)
    estimated = models.PositiveSmallIntegerField(default=0)
    suspect = models.PositiveSmallIntegerField(default=0)
    total = models.FloatField(null=True)  # of all told and estimated, in the unit of the type
    highest = models.FloatField(null=True)  # of those told and not suspect
    codes = models.CharField(max_length=120, blank=True)  # what was found and how often: "3.5.259=4 3.6.5=1"
    validated_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when the meter was asked for what is missing

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter", "type", "day"], name="reading_day_once")]
        indexes = [
            models.Index(fields=["day"], condition=models.Q(is_due=True), name="reading_day_due"),
            models.Index(fields=["day"], name="reading_day_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.type_id} {self.day}"


class ReadingRequest(models.Model):
    """A question to a head-end for readings of a time; its id is the CorrelationID on the way out and back."""

    class State(models.TextChoices):
        """How far it is."""

        ASKED = "asked", _("Asked")
        ANSWERED = "answered", _("Answered")
        SILENT = "silent", _("No answer")
        FAILED = "failed", _("Could not be asked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_by = models.CharField(max_length=150)  # a person, or the rule that asked
    is_automatic = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    head_end = models.CharField(max_length=80, blank=True)  # through which these meters spoke last; empty: not known
    addressee = models.CharField(max_length=80, blank=True)  # the partner it went to: nobody else may answer
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    meters = models.ManyToManyField("metering.Meter", related_name="reading_requests")
    types = models.JSONField(default=list)  # codes of ReadingTypes
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    readings = models.PositiveIntegerField(default=0)  # that came in answer
    error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-asked_at"]),
            models.Index(fields=["deadline_at"], condition=models.Q(state="asked"), name="reading_request_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"
