"""What was made and taken by the hour, as far as it is telemetered."""

from django.db import models


class PowerHour(models.Model):
    """The values of one active power point within one hour; their mean is `total_kw / samples`. By mRID, over all versions."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE, related_name="+")
    point_mrid = models.CharField(max_length=80)
    hour = models.DateTimeField()  # its beginning
    total_kw = models.FloatField()
    samples = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "point_mrid", "hour"], name="power_hour_once")]
        indexes = [models.Index(fields=["hour"], name="power_hour_by_hour")]

    def __str__(self) -> str:
        return f"{self.point_mrid} {self.hour}"
