"""Persons behind accounts, by what they sign in with."""

from adms.core.models import User


def named(username: str) -> tuple[int, str] | None:
    """Id and full name of an account that may sign in; None where there is none."""
    found = User.objects.filter(username=username, is_active=True).first()
    return None if found is None else (found.pk, str(found))
