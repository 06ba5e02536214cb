"""People and machines that sign in, and the roles they hold where."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from adms.core import permissions


class User(AbstractUser):
    """A person, or the account of an external system. Rights come from grants, never from is_staff."""

    theme = models.CharField(max_length=8, default="auto")
    #: Who stands behind the account: accounts with the same word here are one person, who is never their own second person.
    person = models.CharField(max_length=150, blank=True)
    #: The password was made by somebody else: nothing opens before it is changed.
    is_password_first = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class SecondFactor(models.Model):
    """The authenticator app of an account; it counts once a code of it was typed (`confirmed_at`)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=200, blank=True)  # encrypted
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # of the last code used: none counts twice
    recovery = models.JSONField(default=list)  # SHA-256 of the recovery codes left

    def __str__(self) -> str:
        return str(self.user_id)


class RoleGrant(models.Model):
    """One role of one user in one control area; no area means in all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=3, choices=list(permissions.ROLES.items()))
    area = models.ForeignKey("core.ControlArea", on_delete=models.CASCADE, null=True, blank=True, related_name="grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "area"], name="grant_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.area_id or 'everywhere'}"


class ApiToken(models.Model):
    """A secret of an external system. Only its SHA-256 is kept; the token itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
