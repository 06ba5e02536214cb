"""Control areas: who has authority where, and the counters that number everything that happens there."""

from django.db import models


class ControlArea(models.Model):
    """A part of the network under one authority.

    The two counters give gapless numbers: they are raised inside the writing transaction, so the row lock makes the order of
    numbers the order of commits (a database sequence would not).
    """

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    journal_number = models.BigIntegerField(default=0)
    event_number = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name
