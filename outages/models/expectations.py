"""Every expected time of restoration that was ever given."""

from django.db import models


class Expectation(models.Model):
    """One estimate of an outage's restoration, as it stood from `given_at` until the next one. Never changed afterwards."""

    outage = models.ForeignKey("outages.Outage", on_delete=models.CASCADE, related_name="expectations")
    etr_at = models.DateTimeField()
    source = models.CharField(max_length=10)  # machine, crew, operator
    given_by = models.CharField(max_length=150)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["given_at"])]

    def __str__(self) -> str:
        return f"{self.source}: {self.etr_at:%Y-%m-%d %H:%M}"
