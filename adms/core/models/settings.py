"""Settings an administrator changes at run time."""

from django.db import models


class Setting(models.Model):
    """The value of one declared setting, for all areas or for one. See `adms.core.runtime_settings` for the declared ones."""

    key = models.CharField(max_length=80)
    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, null=True, blank=True)
    value = models.JSONField()
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "area"], name="setting_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return self.key
