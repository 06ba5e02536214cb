"""Who holds a control area, who is asked as a second person, and who has just proved who they are."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class AreaLease(models.Model):
    """Authority over one control area, held by one person for a while. A row without an end is the present one; two cannot be."""

    class Taken(models.TextChoices):
        """How it came to its holder."""

        FREE = "free", _("Taken while nobody held it")
        FIRST = "first", _("Taken with the first operation")
        HANDED = "handed", _("Handed over")
        BROKEN = "broken", _("Broken glass")

    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, related_name="leases")
    holder = models.CharField(max_length=150)  # account
    person = models.CharField(max_length=150)
    label = models.CharField(max_length=200, blank=True)  # the name others read
    session = models.CharField(max_length=64, blank=True)  # digest of the session; empty for a token
    console = models.CharField(max_length=60, blank=True)  # address it was last used from
    taken = models.CharField(max_length=8, choices=Taken.choices)
    reason = models.CharField(max_length=400, blank=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=12, blank=True)  # given_back, handed, broken, expired
    offered_to = models.CharField(max_length=150, blank=True)  # account that is asked to take it over
    offered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area"], condition=models.Q(ended_at=None), name="one_holder_of_a_control_area"
            ),
        ]
        indexes = [models.Index(fields=["person"], condition=models.Q(ended_at=None), name="leases_of_a_person")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.holder}"


class Approval(models.Model):
    """A second person's word on one thing somebody wants to do. It is good once, for the one who asked, and not for long."""

    class State(models.TextChoices):
        """Life of an approval."""

        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        USED = "used", _("Used")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=200)
    area = models.ForeignKey("core.ControlArea", on_delete=models.PROTECT, null=True)
    words = models.CharField(max_length=400)  # what is wanted, for the one who is asked
    details = models.JSONField(default=dict)
    needs = models.CharField(max_length=60)  # the right (permissions.ACTIONS) its approver must have in the area
    reason = models.CharField(max_length=400)
    asked_by = models.CharField(max_length=150)
    asked_person = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_person = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.CharField(max_length=400, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "object", "asked_person"],
                condition=models.Q(state__in=("waiting", "approved")),
                name="one_live_approval_each",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_person="") | ~models.Q(decided_person=models.F("asked_person")),
                name="never_ones_own_second_person",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.action} {self.object} {self.state}"


class StepUp(models.Model):
    """A person typed their password again, in this session: good for a few minutes."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="step_up")
    session = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%H:%M:%S}"
