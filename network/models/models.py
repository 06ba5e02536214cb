"""Network models, their versions, and the equipment of a version as rows (for look-up only; the grid is arrays)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NetworkModel(models.Model):
    """One operated network. The same name or mRID imported again is a new version of it."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    mrid = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    """One import of a model: what was taken, what is wrong with it, and the compiled grid."""

    class State(models.TextChoices):
        """Where a version stands."""

        STAGED = "staged", _("Staged")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")
        DISCARDED = "discarded", _("Discarded")

    model = models.ForeignKey(NetworkModel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    source = models.TextField(blank=True)
    summary = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    grid = models.BinaryField()
    checksum = models.CharField(max_length=64)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["model"], condition=models.Q(state="published"), name="one_published_version_per_model"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.number} {self.state}"


class ModelRecords(models.Model):
    """All that the files of a version said, packed, for the way out and for differences; apart, so that nobody drags it along."""

    version = models.OneToOneField(ModelVersion, on_delete=models.CASCADE, primary_key=True, related_name="kept")
    records = models.BinaryField()

    def __str__(self) -> str:
        return f"records of version {self.version_id}"


class ModelDiagrams(models.Model):
    """Positions that the files of a version had: by mRID of the diagram, [mRID, points, rotation, node] of what is drawn there."""

    version = models.OneToOneField(ModelVersion, on_delete=models.CASCADE, primary_key=True, related_name="drawn")
    diagrams = models.JSONField()

    def __str__(self) -> str:
        return f"diagrams of version {self.version_id}"


#: Columns of a version (its arrays alone are megabytes) that whoever looks up equipment must not drag along, row by row.
HEAVY = ("version__grid", "version__summary", "version__findings")


#: Equipment that makes power: a few among a million rows, asked for whenever a breaker trips or a feeder is solved.
MACHINES = ("SynchronousMachine", "AsynchronousMachine", "PowerElectronicsConnection")


class Equipment(models.Model):
    """A piece of equipment of a version: name, class and its place in the grid's arrays."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="equipment")
    mrid = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    cim_class = models.CharField(max_length=60)
    index = models.IntegerField()  # position among the grid's branches, or its injections where is_branch is false
    is_branch = models.BooleanField()
    is_switch = models.BooleanField(default=False)
    is_telemetered = models.BooleanField(default=False)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    feeder = models.CharField(max_length=120, blank=True)  # as built
    substation = models.CharField(max_length=120, blank=True)
    phases = models.PositiveSmallIntegerField()
    nominal_v = models.FloatField(default=0)
    attributes = models.JSONField(default=dict)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "mrid"], name="equipment_mrid_once")]
        indexes = [
            models.Index(fields=["mrid"]),
            models.Index(fields=["version", "name"]),
            models.Index(fields=["version", "is_branch", "index"]),
            models.Index(fields=["version", "feeder"]),
            models.Index(
                fields=["version", "index"],
                condition=models.Q(is_branch=False, cim_class__in=MACHINES),
                name="equipment_machines",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TelemetryPoint(models.Model):
    """A point of the SCADA system on a piece of equipment, with its present value."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="telemetry_points")
    mrid = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    equipment_mrid = models.CharField(max_length=80)
    kind = models.CharField(max_length=30)
    phases = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)
    quality = models.CharField(max_length=10, default="unknown")
    occurred_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=60, blank=True, db_default="")  # who told the present value

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "mrid"], name="telemetry_point_once")]
        indexes = [models.Index(fields=["version", "equipment_mrid"]), models.Index(fields=["mrid"])]

    def __str__(self) -> str:
        return self.name
