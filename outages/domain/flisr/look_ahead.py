"""The load of the coming hours as a multiple of the present one, by a profile of the day.

profile  0.6 at 4 h ... 1.0 at 19 h; now 17:30, four hours ahead: max(profile 17..21) / profile(17) = 1.0 / 0.95
"""

from collections.abc import Sequence

#: Share of the daily peak by local hour: a residential and commercial feeder on a winter weekday.
DAY = (
    0.62, 0.58, 0.56, 0.55, 0.56, 0.61, 0.72, 0.82, 0.85, 0.85, 0.85, 0.86,
    0.87, 0.86, 0.85, 0.86, 0.90, 0.96, 1.00, 0.99, 0.95, 0.88, 0.78, 0.69,
)  # fmt: skip


def factor(profile: Sequence[float], hour: float, ahead_h: float) -> float:
    """The highest load from now on for so many hours, as a multiple of the load now.

    >>> factor([1.0] * 24, 12.5, 4.0)
    1.0
    >>> round(factor(DAY, 16.0, 4.0), 3)
    1.111
    """
    steps = range(int(hour), int(hour + ahead_h) + 1)
    now = profile[int(hour) % len(profile)]
    highest = max(profile[one % len(profile)] for one in steps)
    return max(1.0, highest / now) if now > 0.0 else 1.0
