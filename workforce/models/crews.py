"""Crews and their shift."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Crew(models.Model):
    """People with a vehicle who go out."""

    class Kind(models.TextChoices):
        """What a crew is for."""

        TROUBLE = "trouble", _("Trouble")
        LINE = "line", _("Line")
        SERVICE = "service", _("Service")
        TREE = "tree", _("Tree")
        ASSESSMENT = "assessment", _("Assessment")
        CONTRACTOR = "contractor", _("Contractor")
        MUTUAL_AID = "mutual_aid", _("Mutual aid")

    class Shift(models.TextChoices):
        """Whether a crew is there."""

        ON = "on", _("On shift")
        OFF = "off", _("Off shift")
        INACTIVE = "inactive", _("Inactive")

    key = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT)
    shift = models.CharField(max_length=8, choices=Shift.choices)
    unavailable_reason = models.CharField(max_length=120, blank=True)
    members = models.JSONField(default=list)  # [{"name", "qualifications": []}]
    vehicle = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    x = models.FloatField(null=True)  # position in the model's coordinates
    y = models.FloatField(null=True)
    positioned_at = models.DateTimeField(null=True)
    user = models.OneToOneField("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="crew")

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name
