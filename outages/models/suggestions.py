"""What somebody asks the program to suggest, as a job: the goal, how far it is, and the ways that were found."""

from django.db import models

from adms.core.models import LongJob


class SwitchingSuggestion(LongJob):
    """One question; `proposals` are its answer (`outages.services.switching.proposals`), of the network as it was then."""

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    model_key = models.CharField(max_length=60)
    goal = models.CharField(max_length=12)
    equipment_mrid = models.CharField(max_length=80, blank=True)
    equipment_name = models.CharField(max_length=120, blank=True)
    terms = models.JSONField(default=dict)  # numbers of the goal
    proposals = models.JSONField(default=list)
    is_complete = models.BooleanField(default=True)  # False: the time was over before everything was looked at

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by"],
                condition=models.Q(state__in=("queued", "running")),
                name="one_suggestion_under_way",
            )
        ]
        indexes = [models.Index(fields=["asked_at"], name="suggestions_by_time")]

    def __str__(self) -> str:
        return f"{self.goal} {self.equipment_name}".strip()
