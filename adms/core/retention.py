"""How long history is kept: apps declare what may go after a time, the sweeper removes it in small batches, never more.

    retention.declare(Kept("pings", "metering_ping", ...))

What is not declared is kept for ever: the journal and the audit trail (gapless, and chained), outages with their evidence, the ledger.
Whatever is declared must be needed by no present state, and the key by which something is done exactly once must outlive it, or be of
a kind whose repetition after so long does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adms.core import runtime_settings


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of history.

    `condition` is SQL over the table `one`, with %(cutoff)s and what `parameters` gives. Rows that fit it go; with `emptied`, only that
    binary column of theirs; with `month_of`, whole months of a table partitioned by that column, and by row what lies in its rest.
    `first` is a statement that removes what hangs on the rows of `one`, given as %(ids)s.
    """

    name: str
    table: str
    what: str
    days: int
    least_days: int
    condition: str
    emptied: str = ""
    month_of: str = ""
    first: str = ""
    parameters: Callable[[], dict[str, Any]] = _nothing

    @property
    def setting(self) -> str:
        """Key of its setting."""
        return f"retention.{self.name}_days"

    @property
    def kept_days(self) -> int:
        """Days it is kept, never fewer than the least; 0: for ever."""
        days = int(runtime_settings.get(self.setting))
        return max(days, self.least_days) if days > 0 else 0


_declared: dict[str, Kept] = {}


def declare(kept: Kept) -> None:
    """Let history of this kind go after the days of its setting."""
    _declared[kept.name] = kept
    help_ = f"{kept.what} Kept so many days, at least {kept.least_days}; 0: for ever."
    runtime_settings.declare(kept.setting, kept.days, unit="days", help_=help_)


def declared() -> list[Kept]:
    """All kinds, by name."""
    return [_declared[name] for name in sorted(_declared)]
