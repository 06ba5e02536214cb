"""Energy that went into feeders, by the quarter hour, as telemetry of their heads tells it."""

from django.db import models


class FeederEnergy(models.Model):
    """What one telemetry point at the head of a feeder counted in one block, and how much of the block it told of."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE, db_index=False)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, db_index=False)
    feeder = models.CharField(max_length=120)  # as built
    substation = models.CharField(max_length=120, blank=True)
    point_mrid = models.CharField(max_length=80)
    is_derived = models.BooleanField(default=False)  # from a current, by the nominal voltage and a power factor
    ends_at = models.DateTimeField()
    kwh = models.FloatField(default=0)
    covered_s = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "point_mrid", "ends_at"], name="feeder_energy_once")]
        indexes = [models.Index(fields=["area", "ends_at"]), models.Index(fields=["ends_at"])]

    def __str__(self) -> str:
        return f"{self.feeder} {self.ends_at:%Y-%m-%d %H:%M} {self.kwh:g} kWh"


class FeederEnergyDay(models.Model):
    """A day of an area whose blocks are told: once."""

    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE)
    day = models.DateField()
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "day"], name="feeder_energy_day_once")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.day}"
