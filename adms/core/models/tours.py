"""How far a newcomer has come in the guided tour."""

from django.db import models


class Tour(models.Model):
    """One person's tour: steps are done by what happens after `started_at`; what only reading does is noted here."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="tour")
    started_at = models.DateTimeField()
    index_read_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"
