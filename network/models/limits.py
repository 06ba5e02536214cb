"""Limits that engineers set on telemetry points. They belong to the model and the point's mRID, so that they outlive a version."""

from django.db import models


class PointLimits(models.Model):
    """Where a value of a point becomes an alarm, in the unit the point reports in (A, V, W); `rate` in that unit per minute.

    `held_value` as of `held_at` is the value its next one is compared with.
    """

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    point_mrid = models.CharField(max_length=80)
    high_high = models.FloatField(null=True)
    high = models.FloatField(null=True)
    low = models.FloatField(null=True)
    low_low = models.FloatField(null=True)
    dead_band = models.FloatField(default=0)
    rate = models.FloatField(null=True)
    held_value = models.FloatField(null=True)
    held_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "point_mrid"], name="limits_of_a_point_once")]

    def __str__(self) -> str:
        return f"limits of {self.point_mrid}"
