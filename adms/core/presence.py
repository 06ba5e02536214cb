"""Who has a page open where, so that a person is told who else is signed in by their account.

It lives in Redis for a few seconds at a time and is a courtesy: with Redis away nobody is told, and nothing else changes. One hash per
account, `tieline:present:<user id>`: a digest of the session (never its key) to when it was seen last and at which address.
"""

import hashlib
from collections.abc import Iterable

import redis

from adms.core import bell

#: A page that was closed is forgotten after this (s); the hub tells of the open ones every `live.RECHECK_S`.
GOOD_FOR_S = 15


def tell(pages: Iterable[tuple[int, str, str]], *, now: float) -> None:
    """These pages are open now: (user id, session key, console), `now` in seconds since the epoch. Never raises."""
    try:
        pipe = bell.client().pipeline(transaction=False)
        for user_id, session, console in pages:
            pipe.hset(_key(user_id), _digest(session), f"{now:.0f} {console}")
            pipe.expire(_key(user_id), GOOD_FOR_S)
        pipe.execute()
    except redis.RedisError:
        return


def elsewhere(*, user_id: int, session: str, now: float) -> list[str]:
    """The consoles at which the same account has a page open in another session; none where Redis does not say."""
    try:
        seen: dict[bytes, bytes] = bell.client().hgetall(_key(user_id))  # type: ignore[assignment]  # no decode_responses
    except redis.RedisError:
        return []
    own = _digest(session).encode()
    found = set()
    for key, value in seen.items():
        at, _, console = value.decode().partition(" ")
        if key != own and now - float(at) <= GOOD_FOR_S:
            found.add(console)
    return sorted(found)


def _key(user_id: int) -> str:
    return f"tieline:present:{user_id}"


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()[:16]
