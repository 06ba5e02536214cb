"""Rule sets of prediction: every version there was, and which set each control area follows."""

from django.db import models


class RuleSetVersion(models.Model):
    """One version of a named set; never changed afterwards. Without an area it holds wherever an area has none of its own."""

    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, null=True, related_name="+")
    name = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    values = models.JSONField()
    reason = models.CharField(max_length=200)
    reason_told = models.JSONField(
        default=dict
    )  # the phrase of it (outages.selectors.rule_words), where no person put it in words
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "name", "version"], name="rule_set_version_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class RulePlan(models.Model):
    """What an area follows now, and how it chooses by itself. An area without one follows "normal"."""

    area = models.OneToOneField("core.ControlArea", on_delete=models.CASCADE, related_name="+")
    active = models.SlugField(max_length=40, default="normal")
    how = models.CharField(max_length=10, default="plan")  # hand, undo, rate, clock, plan
    why = models.CharField(max_length=200, blank=True)
    why_told = models.JSONField(default=dict)  # the phrase of it, where no person put it in words
    switched_by = models.CharField(max_length=150, blank=True)
    switched_at = models.DateTimeField(null=True)
    is_automatic = models.BooleanField(default=False)  # the plan below acts; switching by hand ends that
    normal = models.SlugField(max_length=40, default="normal")
    busy = models.SlugField(max_length=40, default="storm")
    windows = models.JSONField(default=list)  # [{"begin": "22:00", "end": "06:00", "name": "storm"}]
    on_rate = models.PositiveIntegerField(null=True)
    off_rate = models.PositiveIntegerField(default=0)
    calm_after_s = models.FloatField(default=1800)
    calm_since = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.area}: {self.active}"


class RuleSwitch(models.Model):
    """That an area changed its set: by hand, by the rate of evidence, by the clock, or back again."""

    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, related_name="+")
    before = models.SlugField(max_length=40)
    after = models.SlugField(max_length=40)
    was_automatic = models.BooleanField()
    how = models.CharField(max_length=10)
    why = models.CharField(max_length=200, blank=True)
    why_told = models.JSONField(default=dict)  # the phrase of it, where no person put it in words
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area", "-at"], name="rule_switches")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"
