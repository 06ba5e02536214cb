"""What meters read: values by meter, kind and moment, as they were told."""

from django.db import models


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
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter", "type", "read_at"], name="reading_once")]
        indexes = [models.Index(fields=["recorded_at"])]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.type_id} {self.read_at:%Y-%m-%d %H:%M:%S}"
