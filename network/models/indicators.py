"""What fault indicators said, one word after the other."""

from django.db import models


class IndicatorWord(models.Model):
    """One word of a fault indicator (0: it saw no fault's current), by mRID, over all versions; the latest is also on its point."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE, related_name="+")
    point_mrid = models.CharField(max_length=80)
    value = models.FloatField()
    quality = models.CharField(max_length=12)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["model", "point_mrid", "recorded_at"], name="indicator_word_by_point"),
            models.Index(fields=["recorded_at"], name="indicator_word_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.point_mrid} {self.value:g} at {self.occurred_at}"
