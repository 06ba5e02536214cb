"""The one order in which locks that span a transaction are taken, so that no two transactions wait for each other crosswise.

    OUTAGES    the writer's lock of a network model's outages, by name of the model     outages.services.incidents
    QUESTIONS  the lock of questions to meters                                          metering.services.pings
    AREAS      the counters of control areas, by number                                 adms.core.services.areas

Rows come in order of their numbers, under the lock that is theirs; where others may refer to a row it is locked as an update locks
it (NO KEY), since a reference is checked at the commit and would else wait there with all counters held.

Tests have the order checked (setting LOCK_ORDER_IS_CHECKED); a running system does not pay for it.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

OUTAGES, QUESTIONS, AREAS = 1, 2, 3
_NAMES = {OUTAGES: "outages", QUESTIONS: "questions", AREAS: "areas"}


class OutOfOrder(AssertionError):
    """A lock was taken after one that comes behind it."""


class _Held:
    """What a transaction holds; Django drops it with the transaction, as what is to be done on commit."""

    def __init__(self, savepoint: str | None) -> None:
        self.savepoint = savepoint
        self.keys: set[tuple[int, Any]] = set()

    def __call__(self) -> None:
        """Nothing."""


def note(rank: int, keys: Sequence[Any]) -> None:
    """These locks are taken now, in ascending order of their keys.

    Raises:
        OutOfOrder: the transaction holds one that comes behind them.
    """
    if not settings.LOCK_ORDER_IS_CHECKED or not connection.in_atomic_block:
        return
    held = _held()
    for key in sorted(keys):
        if (rank, key) in held.keys:
            continue
        behind = [one for one in held.keys if one > (rank, key)]
        if behind:
            latest_rank, latest = max(behind)
            raise OutOfOrder(f"{_NAMES[rank]} {key} locked after {_NAMES[latest_rank]} {latest}")
        held.keys.add((rank, key))


def _held() -> _Held:
    """Of this transaction; in a test that is one itself, of the outermost block in it."""
    of_test = sum(1 for block in connection.atomic_blocks if getattr(block, "_from_testcase", False))
    inner = connection.savepoint_ids[max(of_test - 1, 0) :] if of_test else []
    savepoint = inner[0] if inner else None
    if inner and savepoint is None:  # a block without a savepoint, in a test: one cannot be told from the next
        return _Held(None)
    for hook in (entry[1] for entry in reversed(connection.run_on_commit)):
        if isinstance(hook, _Held) and hook.savepoint == savepoint:
            return hook
    found = _Held(savepoint)
    transaction.on_commit(found)
    return found
