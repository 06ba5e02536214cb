"""What people did to outages by hand, kept so that it can be taken back."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class ManualAction(models.Model):
    """One change by hand: what it touched as it was before and as it was after (outages.services.undoing says how it is kept)."""

    class Kind(models.TextChoices):
        """What was done."""

        MOVED = "moved", _("Moved to another device")
        PHASES = "phases", _("Phases changed")
        MERGED = "merged", _("Merged into another")
        SPLIT = "split", _("Split")
        REASSIGNED = "reassigned", _("Reports re-assigned")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    outage = models.ForeignKey("outages.Outage", on_delete=models.CASCADE, related_name="manual_actions")
    touched = ArrayField(models.BigIntegerField())  # every outage it changed or made, `outage` included
    text = models.CharField(max_length=400)
    change = models.JSONField(encoder=DjangoJSONEncoder)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()
    undone_by = models.CharField(max_length=150, blank=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [GinIndex(fields=["touched"], condition=models.Q(undone_at=None), name="manual_undoable")]

    def __str__(self) -> str:
        return self.text
