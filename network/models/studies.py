"""Studies: what a person tries on a private copy of the network. Nothing here is read by the operated network."""

from django.db import models


class Study(models.Model):
    """A private copy of a state of the network, as it was when it was made; its actions say what was tried on it since."""

    class Base(models.TextChoices):
        """What it is a copy of."""

        PRESENT = "present", "Present"
        PAST = "past", "Past"
        NOMINAL = "nominal", "Nominal"

    owner = models.CharField(max_length=150)
    name = models.CharField(max_length=120)
    model = models.ForeignKey("network.NetworkModel", on_delete=models.CASCADE)
    version = models.ForeignKey("network.ModelVersion", on_delete=models.CASCADE)
    base = models.CharField(max_length=10, choices=Base.choices)
    base_at = models.DateTimeField()  # the second it is a copy of, by field time
    positions = models.BinaryField()  # compressed: phase bits per branch of the version
    overlay = models.JSONField()  # {"elements": [...], "uncommissioned": [mRID, ...]}
    created_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], condition=models.Q(discarded_at=None), name="kept_studies")]

    def __str__(self) -> str:
        return self.name


class StudyAction(models.Model):
    """One switch moved in a study. The state is the base and, in order, every action that is not undone."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="actions")
    number = models.PositiveIntegerField()
    equipment_mrid = models.CharField(max_length=80)
    closed_before = models.PositiveSmallIntegerField()  # phase bits
    closed_after = models.PositiveSmallIntegerField()
    customers_lost = models.PositiveIntegerField()
    customers_regained = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    is_undone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="study_action_once")]

    def __str__(self) -> str:
        return f"{self.study_id}/{self.number}"
