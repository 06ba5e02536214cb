"""Which feeders are shed when load must go, in which group, and which never are."""

from django.db import models


class SheddingPlace(models.Model):
    """A feeder's place in load shedding, by its head. Without a row a feeder is in no group, and so never shed."""

    model_key = models.CharField(max_length=60)
    head_mrid = models.CharField(max_length=80)
    group = models.PositiveSmallIntegerField(null=True)
    is_protected = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)  # why it is protected, or in this group
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_key", "head_mrid"], name="shedding_place_once"),
            models.CheckConstraint(
                condition=models.Q(is_protected=False) | models.Q(group=None), name="protected_is_in_no_group"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.head_mrid}: {'protected' if self.is_protected else self.group}"
