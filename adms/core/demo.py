"""Accounts of the demo utility: one per role, printed by `make run`. They exist only where the demo was loaded."""

from adms.core.permissions import ROLES

DEMO_PASSWORD = "tieline-demo-2026"  # noqa: S105 - printed on purpose; demo accounts are never made in production
#: (username, full name, role, number of the control area; None: everywhere)
DEMO_USERS: tuple[tuple[str, str, str, int | None], ...] = (
    ("operator", "Anna Moreno", "OPR", None),
    ("operator-south", "Ravi Silva", "OPR", 1),
    ("senior", "Ingrid Haas", "SOP", None),
    ("dispatcher", "Tom Okafor", "DSP", None),
    ("crew", "Lena Fuchs", "CRW", None),
    ("engineer", "Mei Tanaka", "ENG", None),
    ("manager", "Paul Weber", "MGR", None),
    ("auditor", "Nadia Petrov", "AUD", None),
    ("administrator", "Jo Lindqvist", "ADM", None),
)


def demo_logins() -> list[tuple[str, str, str]]:
    """(username, password, role name) of each demo account."""
    return [(username, DEMO_PASSWORD, str(ROLES[role])) for username, _, role, _ in DEMO_USERS]
