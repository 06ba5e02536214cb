"""Replays of predictions: what was asked, how far it is, and every difference that was found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from adms.core.models import LongJob


class PredictionReplay(LongJob):
    """One recorded period predicted once more, as a job. Its rows are written with its end, all or none."""

    class By(models.TextChoices):
        """By what rules."""

        THEN = "then", _("Rules as they were")
        VERSION = "version", _("A version of a rule set")
        COPY = "copy", _("An edited copy")

    model_key = models.CharField(max_length=60)
    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, null=True, related_name="+")  # None: all
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    step_s = models.FloatField(default=1)
    by = models.CharField(max_length=7, choices=By.choices)
    rules_area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, null=True, related_name="+")
    rules_name = models.CharField(max_length=40, blank=True)  # of a version, or what was copied
    rules_version = models.PositiveIntegerField(null=True)  # 0: as built in
    rules_values = models.JSONField(default=dict)  # what it is played by; empty for rules as they were
    engine = models.CharField(max_length=20, blank=True)  # another than that of the rules
    percent = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="latest_replays")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")), name="replay_ends_after_begin"
            )
        ]

    def __str__(self) -> str:
        return f"Replay {self.pk}"


class ReplayRow(models.Model):
    """One outage of a replay beside the one of the record it shares most reports with; either side may be missing."""

    replay = models.ForeignKey(PredictionReplay, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    differences = models.JSONField()  # of outages.domain.replay_comparison.DIFFERENCES; [] where both are the same
    outage = models.BigIntegerField(null=True)  # number of the recorded one
    #: {kind, device, name, customers, first_at, truth, by_hand, was_at, nested_in, is_held, customer_minutes}
    recorded = models.JSONField(null=True)
    #: {kind, device, name, phases, customers, reports, first_at, moves, ended, nested_in, customer_minutes}
    replayed = models.JSONField(null=True)
    customers = models.PositiveIntegerField()  # of the larger side, to sort by
    recorded_to_right_s = models.FloatField(null=True)
    to_right_s = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "number"], name="replay_row_once")]

    def __str__(self) -> str:
        return f"row {self.number} of replay {self.replay_id}"
