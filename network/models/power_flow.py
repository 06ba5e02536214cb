"""The circuit of a version and the power flows that were computed on it."""

from django.db import models


class ModelCircuit(models.Model):
    """Impedances, taps and loads of a version, packed (`domain.physics.packing`); apart, so that nobody drags it along.

    An empty one says that the version has no circuit: its files had no impedances.
    """

    version = models.OneToOneField(
        "network.ModelVersion", on_delete=models.CASCADE, primary_key=True, related_name="circuit"
    )
    circuit = models.BinaryField()

    def __str__(self) -> str:
        return f"circuit of version {self.version_id}"


class PowerFlow(models.Model):
    """One power flow of the operated network: our own, or one that another engine sent us (`external`, P08).

    Without convergence it has a reason and no figures.
    """

    class Source(models.TextChoices):
        OWN = "own"
        EXTERNAL = "external"

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE, related_name="power_flows")
    version = models.ForeignKey("network.ModelVersion", on_delete=models.CASCADE, related_name="power_flows")
    sequence = models.BigIntegerField()  # of the switching state it was computed for
    computed_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.OWN)
    engine = models.CharField(max_length=30)
    converged = models.BooleanField()
    reason = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    violations = models.JSONField(default=list)
    loading = models.BinaryField(default=b"")  # zlib of f4 percent per branch of the version's grid; NaN where unknown
    voltage = models.BinaryField(default=b"")  # zlib of f4 pu per node, the lowest phase; NaN where dead or unknown

    class Meta:
        indexes = [models.Index(fields=["model", "-computed_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "version", "engine", "sequence", "computed_at"],
                condition=models.Q(source="external"),
                name="external_power_flow_once",
            )
        ]

    def __str__(self) -> str:
        return f"power flow of {self.model_id} at {self.computed_at:%Y-%m-%d %H:%M:%S}"
