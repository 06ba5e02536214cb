"""Which accounts belong to one person: a rule that two people must agree is not met by two accounts."""

from adms.core.models import User


def are_same(one: int, other: int) -> bool:
    """Whether two accounts, by id, are one person's: they share the person noted with them, an e-mail address or a full name.

    Two people of one name count as one; that errs to the safe side, and their full names can tell them apart.
    """
    if one == other:
        return True
    found = [_marks(user) for user in User.objects.filter(pk__in=(one, other))]
    return len(found) == 2 and bool(found[0] & found[1])


def _marks(user: User) -> set[str]:
    """What tells a person, folded."""
    words = (user.person, user.email, user.get_full_name())
    return {" ".join(word.split()).casefold() for word in words if word.strip()}
