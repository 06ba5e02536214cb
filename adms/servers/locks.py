"""File locks between processes. The kernel lets go of them when their holder dies, however it dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from adms.servers.failures import NotAvailable


class Lock:
    """An open file with a lock on it."""

    def __init__(self, path: Path) -> None:
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise NotAvailable(f"{path} cannot be opened: {error.strerror}") from None

    def take_shared(self) -> bool:
        """Take the lock together with others, without waiting; whether nobody had it alone."""
        return self._take(fcntl.LOCK_SH)

    def take_alone(self) -> bool:
        """Take the lock alone, without waiting; whether it was free."""
        return self._take(fcntl.LOCK_EX)

    def _take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let go."""
        os.close(self._handle)


def shared(path: Path) -> Lock:
    """A lock that many may hold together. The caller sees to it that nobody holds it exclusively."""
    lock = Lock(path)
    lock.take_shared()
    return lock


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock."""
    lock = Lock(path)
    try:
        return lock.take_alone()
    finally:
        lock.close()


@contextlib.contextmanager
def exclusive(path: Path, *, seconds: float) -> Iterator[None]:
    """Be alone inside; wait so long for others to finish."""
    lock, deadline = Lock(path), time.monotonic() + seconds
    try:
        while not lock.take_alone():
            if time.monotonic() > deadline:
                raise NotAvailable(f"another process has kept {path} for {seconds:.0f} s: see what it waits for")
            time.sleep(0.02)
        yield
    finally:
        lock.close()
