"""What the terminal shows: every line with the name of who said it, in its colour where there are colours."""

import sys
import threading
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
WIDTH = 8


class Screen:
    """Writes whole lines of several processes."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stdout
        self._lock = threading.Lock()
        self._names: list[str] = []

    def say(self, name: str, line: str) -> None:
        """Write one line of one process."""
        with self._lock:
            if name not in self._names:
                self._names.append(name)
            try:
                self._file.write(f"{self._coloured(name)} | {line}\n")
                self._file.flush()
            except OSError:
                pass  # the terminal has gone; the processes need not care

    def _coloured(self, name: str) -> str:
        if not self._file.isatty():
            return name.ljust(WIDTH)
        return f"\033[{COLOURS[self._names.index(name) % len(COLOURS)]}m{name.ljust(WIDTH)}\033[0m"


def banner(url: str, logins: list[list[str]], *, seconds: float) -> list[str]:
    """What a person wants to read once everything is up."""
    where = f"at {url}" if url else "without web"
    lines = [f"Tieline is up {where} ({seconds:.1f} s). Ctrl-C stops it."]
    if logins:
        lines += ["", *columns([["Log in as", "password", "role"], *logins])]
    return ["", *lines, ""]


def columns(rows: list[list[str]]) -> list[str]:
    """Rows as text, each column as wide as its widest word."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  " + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
