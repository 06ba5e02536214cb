"""The one place that reads the clock. Only edges (views, tasks, commands, consumers) call it; everything else takes `at`."""

import datetime as dt


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - this is the one place
