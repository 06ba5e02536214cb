"""Critical customers at nodes: known to a higher app, which lends us its counting."""

from collections.abc import Callable, Sequence

Counter = Callable[[str, Sequence[int]], int]
_counters: list[Counter] = []


def lend(counter: Counter) -> None:
    """Let a higher app count the critical customers of a model at some nodes."""
    _counters.append(counter)


def count(model: str, nodes: Sequence[int]) -> int:
    """Critical customers there; none are known where nobody counts."""
    return sum(counter(model, nodes) for counter in _counters) if len(nodes) else 0
