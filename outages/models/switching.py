"""Switching orders, their steps and versions, and the safety documents that hang on them."""

from collections.abc import Mapping

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outages.domain.switching import documents, life, steps

#: The words of an order's purpose, as they are looked for: by their beginnings, in any language.
PURPOSE = SearchVector("purpose", config="simple")


def _choices(words: Mapping[str, str]) -> list[tuple[str, str | Promise]]:
    """Codes with their words in the reader's language."""
    return [(code, _(text)) for code, text in words.items()]


class SwitchingOrder(models.Model):
    """One order. Its life is `outages.domain.switching.life`; what a person may read of an earlier content is in its versions."""

    mrid = models.CharField(max_length=36, unique=True)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="+")
    model_key = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=_choices(life.KINDS))
    state = models.CharField(max_length=12, choices=_choices(life.STATES))
    purpose = models.CharField(max_length=200)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    planned_outage = models.ForeignKey(
        "outages.PlannedOutage", on_delete=models.PROTECT, null=True, related_name="orders"
    )
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)  # counts every change, so that who saw an older one is told
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    authors = models.JSONField(
        default=list
    )  # who wrote any version: [{"name", "user", "person"}]; none of them approves
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # of a rejection, cancellation or abort
    rehearsal = models.JSONField(
        default=dict
    )  # as `outages.services.switching.rehearsing` tells it; of `rehearsed_revision`
    rehearsed_revision = models.PositiveIntegerField(null=True)
    rehearsed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["model_key", "state", "begins_at"], name="orders_by_state"),
            GinIndex(PURPOSE, name="orders_by_purpose"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What people call it."""
        return life.reference(self.pk)


class SwitchingStep(models.Model):
    """One step, as planned and as carried out. `key` stays the same from version to version."""

    order = models.ForeignKey(SwitchingOrder, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=36)
    position = models.PositiveIntegerField()
    group = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=_choices(steps.KINDS))
    device_mrid = models.CharField(max_length=80, blank=True)
    device_name = models.CharField(max_length=120, blank=True)
    terminal = models.PositiveSmallIntegerField(default=1)
    other_mrid = models.CharField(max_length=80, blank=True)
    other_terminal = models.PositiveSmallIntegerField(default=1)
    phases = models.PositiveSmallIntegerField(default=0)
    crew = models.CharField(max_length=30, blank=True)  # key; empty: the control room
    text = models.CharField(max_length=400, blank=True)
    is_go_back = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=_choices(steps.STATES), default="not_started")
    instructed_to = models.CharField(max_length=80, blank=True)
    instructed_by = models.CharField(max_length=150, blank=True)
    instructed_at = models.DateTimeField(null=True)
    occurred_at = models.DateTimeField(null=True)  # when it was done in the field
    ended_at = models.DateTimeField(null=True)  # when that was known
    ended_by = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=400, blank=True)
    note_told = models.JSONField(default=dict)  # the phrase it is told from, where no person wrote it
    operation = models.UUIDField(null=True)  # of the gate
    placed = models.CharField(max_length=80, blank=True)  # id of the tag or mRID of the element it placed

    class Meta:
        ordering = ["order", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["order", "key"], name="order_step_once")]
        indexes = [models.Index(fields=["operation"], name="step_by_operation")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position} {self.kind} {self.device_name}"


class OrderVersion(models.Model):
    """What an order said when it was prepared. Written once: the database refuses to change it."""

    order = models.ForeignKey(SwitchingOrder, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()  # {"purpose", "begins_at", "ends_at", "steps": [...]}
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["order", "number"]
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="order_version_once")]

    def __str__(self) -> str:
        return f"{self.order_id} version {self.number}"


class OrderEntry(models.Model):
    """One line of an order's timeline: who said or did what, when it happened and when it was known."""

    order = models.ForeignKey(SwitchingOrder, on_delete=models.CASCADE, related_name="entries")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    told = models.JSONField(default=dict)  # the phrase it is told from (outages.selectors.order_words)
    text = models.CharField(max_length=600)  # the same in the language of the site; of rows of old all there is
    actor = models.CharField(max_length=150)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return self.text


class SafetyDocument(models.Model):
    """A permit, clearance, hold or sanction for test: people rely on its isolation points standing as they do."""

    order = models.ForeignKey(SwitchingOrder, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=_choices(documents.KINDS))
    state = models.CharField(max_length=10, choices=_choices(documents.STATES), default="draft")
    work = models.CharField(max_length=200)
    equipment_mrid = models.CharField(max_length=80)  # worked on
    equipment_name = models.CharField(max_length=120)
    terminal = models.PositiveSmallIntegerField(default=1)
    points = models.JSONField()  # [{"mrid", "name", "tag": id of the tag it hangs there}]
    holder = models.CharField(max_length=150)  # account of the person who alone releases it
    holder_name = models.CharField(max_length=150)
    crews = models.JSONField(default=list)  # [{"key", "name", "clear_at", "clear_by"}]
    drafted_by = models.CharField(max_length=150)
    issued_by = models.CharField(max_length=150, blank=True)
    issued_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What people call it."""
        return documents.reference(self.pk)
