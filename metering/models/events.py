"""What meters say, and whether each has supply as far as is known."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeterEvent(models.Model):
    """One EndDeviceEvent of a meter. The same event told twice is one row."""

    meter = models.ForeignKey("metering.Meter", on_delete=models.CASCADE, related_name="events", db_index=False)
    code = models.CharField(max_length=30)  # domain.subDomain.eventOrAction, e.g. 26.0.85
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=80)
    event_mrid = models.CharField(max_length=80, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter", "code", "occurred_at"], name="meter_event_once")]
        indexes = [models.Index(fields=["-recorded_at"])]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.code} {self.occurred_at:%Y-%m-%d %H:%M:%S}"


class PowerState(models.Model):
    """The latest known supply of a meter; a later word of the field wins, an older one is only history."""

    class Power(models.TextChoices):
        """Whether the meter has supply."""

        ON = "on", _("On")
        OFF = "off", _("Off")

    meter = models.OneToOneField(
        "metering.Meter", on_delete=models.CASCADE, primary_key=True, related_name="power_state"
    )
    power = models.CharField(max_length=3, choices=Power.choices)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=20)  # event, ping

    def __str__(self) -> str:
        return f"{self.meter_id} {self.power}"
