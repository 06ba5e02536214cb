"""Since when something that was made for one person is what another may be shown: what fifty browsers fetch is made once.

    hub reads the log --> changed()    whoever asks from now on gets what was begun after this moment
    somebody acts     --> changed()    likewise, so that nobody is shown the state before his own action

Between two changes what was made stays true. That holds only while this process follows the log (`followed`); otherwise nothing is
shared but between those who ask at the same time.
"""

import threading
import time

#: So long after the log was read we count as following it: the longest pause between two announcements, and some.
FOLLOWED_S = 8.0
#: Times that tick ("3 min ago") grow old even where nothing changes.
OLDEST_S = 6.0

_lock = threading.Lock()
_since = 0.0
_until = 0.0


def followed() -> None:
    """The log was read up to now."""
    global _until  # noqa: PLW0603 - one per process
    with _lock:
        _until = time.monotonic() + FOLLOWED_S


def changed() -> None:
    """Something is different from now on."""
    global _since  # noqa: PLW0603
    with _lock:
        _since = time.monotonic()


def left() -> None:
    """The log is no longer followed."""
    global _until  # noqa: PLW0603
    with _lock:
        _until = 0.0


def fresh_since() -> float:
    """What was begun at this moment (monotonic) or later is true; now itself where nobody follows."""
    now = time.monotonic()
    with _lock:
        return now if now > _until else max(_since, now - OLDEST_S)
