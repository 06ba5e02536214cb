"""Who acts: a person, an external system, or Tieline itself. Made at the edge, passed down, never looked up below."""

from dataclasses import dataclass, field

from adms.core import permissions


@dataclass(frozen=True, slots=True)
class Actor:
    """Name and rights of who asks. `grants` are (role, area key); an area of None holds everywhere.

    >>> operator = Actor(name="moreno", grants=frozenset({("OPR", "north")}))
    >>> operator.may("operate_switch", "north"), operator.may("operate_switch", "south")
    (True, False)
    """

    name: str
    grants: frozenset[tuple[str, str | None]] = frozenset()
    way: str = "browser"
    user_id: int | None = None
    partner_id: int | None = None
    request_id: str = ""
    is_system: bool = False
    label: str = field(default="", compare=False)
    person: str = ""  # who stands behind the account, where that is not the account's own name
    session: str = ""  # digest of the session; empty for a token
    console: str = ""  # address it comes from

    @property
    def identity(self) -> str:
        """The person: two accounts of one person are one.

        >>> Actor(name="moreno-deputy", person="moreno").identity, Actor(name="moreno").identity
        ('moreno', 'moreno')
        """
        return self.person or self.name

    @property
    def roles(self) -> frozenset[str]:
        """The roles held anywhere."""
        return frozenset(role for role, _ in self.grants)

    def areas_for(self, action: str) -> frozenset[str] | None:
        """Keys of the areas where the action is allowed; None means everywhere, an empty set nowhere."""
        if self.is_system:
            return None
        allowed = permissions.ACTIONS[action]
        areas = {area for role, area in self.grants if role in allowed}
        if None in areas or (areas and action not in permissions.AREA_BOUND):
            return None
        return frozenset(area for area in areas if area is not None)

    def may(self, action: str, area: str | None = None) -> bool:
        """Whether the action is allowed, in the area where one is given."""
        areas = self.areas_for(action)
        if areas is None:
            return True
        return bool(areas) if area is None else area in areas


def system(name: str) -> Actor:
    """Tieline itself, acting by a rule or schedule named `name`."""
    return Actor(name=name, way="system", is_system=True)
