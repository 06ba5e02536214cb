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


class GroupPowerFlow(models.Model):
    """The newest power flow of one feeder group (`domain.feeder_groups`), as long as the group stays as it was.

    `signature` says what the group was when it was solved; `coupling` the voltage at its head, what it takes there, and the voltages
    its feeders see.
    """

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE, related_name="group_power_flows")
    version = models.ForeignKey("network.ModelVersion", on_delete=models.CASCADE, related_name="group_power_flows")
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    head = models.IntegerField()  # branch it hangs by; -1 where it has sources of its own
    signature = models.CharField(max_length=32)
    computed_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    engine = models.CharField(max_length=30)
    converged = models.BooleanField()
    reason = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    violations = models.JSONField(default=list)
    coupling = models.JSONField(default=dict)
    nodes = models.BinaryField(default=b"")  # zlib of i4: the nodes that have a voltage
    voltage = models.BinaryField(default=b"")  # zlib of f4 per unit, the lowest phase
    branches = models.BinaryField(default=b"")  # zlib of i4: the branches that have a loading
    loading = models.BinaryField(default=b"")  # zlib of f4 percent

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="group_power_flow_once")]

    def __str__(self) -> str:
        return f"power flow of {self.name}"
