"""Collects what is wrong with a model, and stops listing one kind when it has been said often enough."""

from __future__ import annotations

from collections import Counter

from network.domain.draft import Finding

_ORDER = {"error": 0, "warning": 1, "info": 2}
_LISTED_PER_CODE = 100


class Findings:
    """Findings in the order of their weight; the first 100 (`most`) of a code, then how many more there are."""

    def __init__(self, most: int = _LISTED_PER_CODE) -> None:
        self._most = most
        self._listed: list[Finding] = []
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(
        self,
        severity: str,
        code: str,
        text: str,
        *,
        cim_class: str = "",
        object_: str = "",
        line: int | None = None,
        mrid: str = "",
        file: str = "",
    ) -> None:
        """One thing that is wrong; `object_`, `mrid`, `file` and `line` say where."""
        kind = (severity, code, cim_class)
        self._counts[kind] += 1
        if self._counts[kind] <= self._most:
            self._listed.append(Finding(severity, code, cim_class, object_, line, text, mrid, file))

    def listed(self) -> list[Finding]:
        """Errors first, each kind as it came."""
        more = [
            Finding(
                severity,
                code,
                cim_class,
                text=f"and {count - self._most} more of this kind",
                count=count - self._most,
            )
            for (severity, code, cim_class), count in self._counts.items()
            if count > self._most
        ]
        return sorted(self._listed + more, key=lambda finding: _ORDER[finding.severity])
