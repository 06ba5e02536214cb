"""The embedded PostgreSQL and Redis: started at the first database connection of a command, stopped by their last user.

Every process that uses the servers holds a shared lock on var/servers.lock as long as it lives; whoever can get that lock
exclusively is alone and stops them. Starting and stopping happen under a second lock, so that they never overlap. Knows
nothing of the application but its settings; where DATABASE_URL or REDIS_URL name the utility's own servers it leaves
those alone.
"""

import atexit
import os
import threading
from pathlib import Path

from django.conf import settings

from adms.servers import fresh, locks, postgres, redis
from adms.servers.failures import NotAvailable

__all__ = ["NotAvailable", "are_answering", "ensure", "is_embedded", "is_held", "release", "stop_unused", "var_dir"]

_guard = threading.RLock()
_use: locks.Lock | None = None


def var_dir() -> Path:
    """Where data, sockets, locks and logs of the embedded servers lie."""
    return Path(settings.VAR_DIR)


def is_embedded() -> bool:
    """Whether at least one of the two servers is ours to run."""
    return bool(settings.EMBEDDED_POSTGRES or settings.EMBEDDED_REDIS)


def is_held() -> bool:
    """Whether this process already uses the servers, or has none of its own to use."""
    return _use is not None or not is_embedded()


def ensure() -> None:
    """See to it that the embedded servers run and that the database exists and is migrated.

    Called at the first connection of a process and after one that failed, so a killed server comes back by itself.

    Raises:
        NotAvailable: the servers could not be brought up; the message says why, in words for a person.
    """
    if not is_embedded() or (_use is not None and are_answering()):
        return
    with _guard:
        _prepare_var()
        with locks.exclusive(var_dir() / "servers.start.lock", seconds=60):
            _hold()
            if settings.EMBEDDED_REDIS:
                redis.start(var_dir())
            if settings.EMBEDDED_POSTGRES:
                postgres.start(var_dir())
        if settings.EMBEDDED_POSTGRES:
            fresh.prepare(var_dir(), settings.DATABASES["default"]["NAME"])


def release() -> None:
    """Stop using the servers; stop them when nobody else uses them."""
    global _use  # noqa: PLW0603 - one lock per process, held by the module
    with _guard:
        if _use is None:
            return
        with locks.exclusive(var_dir() / "servers.start.lock", seconds=60):
            _use.close()
            _use = None
            if locks.is_free(var_dir() / "servers.lock"):
                _stop(var_dir())


def stop_unused(place: Path) -> bool:
    """Stop the servers of another var/ if nobody uses them, as after a kill of their last user; whether nobody does."""
    with locks.exclusive(place / "servers.start.lock", seconds=60):
        if not locks.is_free(place / "servers.lock"):
            return False
        _stop(place)
        return True


def _stop(place: Path) -> None:
    try:
        redis.stop(place)
    finally:
        postgres.stop(place)


def are_answering() -> bool:
    """Whether every embedded server answers on its socket."""
    return (not settings.EMBEDDED_REDIS or redis.is_answering(var_dir())) and (
        not settings.EMBEDDED_POSTGRES or postgres.is_listening(var_dir())
    )


def _hold() -> None:
    global _use  # noqa: PLW0603 - one lock per process, held by the module
    if _use is None:
        _use = locks.shared(var_dir() / "servers.lock")
        atexit.register(release)


def _forget() -> None:
    """In a forked child: the lock belongs to the parent, the child takes its own when it connects."""
    global _use, _guard
    _use, _guard = None, threading.RLock()


def _prepare_var() -> None:
    try:
        var_dir().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAvailable(f"{var_dir()} cannot be made: {error.strerror}") from None
    if not os.access(var_dir(), os.R_OK | os.W_OK | os.X_OK):
        raise NotAvailable(f"{var_dir()} cannot be read and written by this user: mend its permissions, or set VAR_DIR")


os.register_at_fork(after_in_child=_forget)
