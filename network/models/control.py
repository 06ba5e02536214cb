"""What the control gate asks beside the device itself: frozen control, plans of automation, interlocks, the way to the field."""

from django.db import models


class ControlFreeze(models.Model):
    """Remote control is frozen: no command leaves and no automation acts until it is lifted by two people."""

    frozen_by = models.CharField(max_length=150)
    person = models.CharField(max_length=150)
    reason = models.CharField(max_length=400)
    frozen_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_with = models.CharField(max_length=150, blank=True)  # the second person
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(lifted_at=None), name="one_freeze_of_remote_control"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.frozen_by} {self.frozen_at:%Y-%m-%d %H:%M:%S}"


class AutomationPlan(models.Model):
    """An automation acts on a feeder by this plan; until a person has acknowledged it no other plan acts there by itself."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    feeder = models.CharField(max_length=120)
    origin = models.CharField(max_length=12)
    plan = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "feeder"],
                condition=models.Q(acknowledged_at=None),
                name="one_plan_per_feeder_until_acknowledged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feeder} {self.origin} {self.plan}"


class Interlock(models.Model):
    """A rule of a pair: one device may make this movement only while the other stands so."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    equipment_mrid = models.CharField(max_length=80)
    close = models.BooleanField()  # the movement that is ruled: closing, or opening
    other_mrid = models.CharField(max_length=80)
    other_closed = models.BooleanField()  # where the other one must stand
    text = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "equipment_mrid", "close", "other_mrid"], name="one_interlock_per_pair_and_movement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_mrid} by {self.other_mrid}"


class FrontEnd(models.Model):
    """Whether what carries commands to the field can be reached, as the door last found it."""

    key = models.CharField(max_length=60, unique=True)
    is_up = models.BooleanField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # down so long at most: then the next command tries it again
    reason = models.CharField(max_length=200, blank=True)
    areas = models.JSONField(default=list, db_default=[])  # keys of the control areas it serves; empty: all

    def __str__(self) -> str:
        return f"{self.key} {'up' if self.is_up else 'down'}"
