"""The shape of a log record: one line of text each, whatever is in it."""

import logging
import time


class OneLine(logging.Formatter):
    """Time in UTC, level, logger, message; line breaks are written as backslash n, so nobody can forge a record."""

    converter = time.gmtime  # type: ignore[assignment]  # as the logging cookbook does
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")


class StepsOfPandapower(logging.Filter):
    """Keeps out what pandapower tells of each step of reading a model, a hundred lines a model; what it warns of passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; its loggers are named after classes, so it is known by its file."""
        return record.levelno >= logging.WARNING or "/pandapower/" not in record.pathname
