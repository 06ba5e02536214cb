"""Which parts of a page an event touches: pages re-fetch the fragments of these topics."""

TOPICS: dict[str, frozenset[str]] = {}


def touch(event: type, *topics: str) -> None:
    """An event of this kind changes what these topics show."""
    TOPICS[event.__name__] = TOPICS.get(event.__name__, frozenset()) | set(topics)


def of(names: set[str]) -> set[str]:
    """The topics of some events."""
    found: set[str] = set()
    for name in names:
        found |= TOPICS.get(name, frozenset())
    return found
