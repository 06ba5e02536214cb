"""What lies over the built network, present and past; and snapshots from which a past second is reached quickly."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TemporaryElement(models.Model):
    """A cut, jumper, ground or mobile generation. The journal says when it came and went; this row is their sum."""

    class Kind(models.TextChoices):
        """What it is."""

        CUT = "cut", _("Cut")
        JUMPER = "jumper", _("Jumper")
        GROUND = "ground", _("Ground")
        GENERATION = "generation", _("Mobile generation")

    mrid = models.CharField(max_length=80, unique=True)
    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    phases = models.PositiveSmallIntegerField()
    equipment_mrid = models.CharField(max_length=80)
    terminal = models.PositiveSmallIntegerField(default=1)
    node_mrid = models.CharField(max_length=80, blank=True)
    other_equipment_mrid = models.CharField(max_length=80, blank=True)
    other_terminal = models.PositiveSmallIntegerField(default=1)
    other_node_mrid = models.CharField(max_length=80, blank=True)
    fraction = models.FloatField(default=0.5)  # of a line's length from end 1, where a cut is
    slot = models.IntegerField(default=-1)  # of the extended grid; -1 for cuts and grounds
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=20)
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    number = models.BigIntegerField()  # of the journal entry that placed it
    removed_by = models.CharField(max_length=150, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "slot"], condition=models.Q(removed_at=None, slot__gte=0), name="one_element_per_slot"
            ),
            models.UniqueConstraint(
                fields=["model", "equipment_mrid"],
                condition=models.Q(removed_at=None, kind="cut"),
                name="one_cut_per_line",
            ),
        ]
        indexes = [
            models.Index(fields=["model", "placed_at"], condition=models.Q(removed_at=None), name="live_temporary")
        ]

    def __str__(self) -> str:
        return self.name


class GroundedPlace(models.Model):
    """Equipment that people work on under a safety document: it stays joined to a ground until the document is released."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    equipment_mrid = models.CharField(max_length=80)
    equipment_name = models.CharField(max_length=120)
    terminal = models.PositiveSmallIntegerField(default=1)
    held_for = models.CharField(max_length=40)  # safety document
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["model"], condition=models.Q(released_at=None), name="held_grounded_places"),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_name} for {self.held_for}"


class Commissioning(models.Model):
    """Where a piece of equipment stands in its life and, beside it, whether it takes part in the network. No row: existing, in."""

    class Life(models.TextChoices):
        """Its life, which decides nothing by itself."""

        PROPOSED = "proposed", _("Proposed")
        EXISTING = "existing", _("Existing")
        TO_BE_REMOVED = "to_be_removed", _("To be removed")
        RETIRED = "retired", _("Retired")

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    equipment_mrid = models.CharField(max_length=80)
    life = models.CharField(max_length=15, choices=Life.choices, default=Life.EXISTING)
    is_commissioned = models.BooleanField()
    number = models.BigIntegerField()
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "equipment_mrid"], name="commissioning_once")]

    def __str__(self) -> str:
        return f"{self.equipment_mrid}: {self.life}, {'in' if self.is_commissioned else 'out'}"


class JournalSnapshot(models.Model):
    """Positions of every switch that had moved, as of some journal numbers: a past second is replayed from here."""

    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    entry = models.BigIntegerField()  # id of the last journal entry in it
    occurred_at = models.DateTimeField()  # the latest of its entries
    recorded_at = models.DateTimeField()
    positions = models.BinaryField()  # compressed JSON: {mRID: phase bits}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "entry"], name="journal_snapshot_once")]

    def __str__(self) -> str:
        return f"{self.model_id} up to {self.entry}"
