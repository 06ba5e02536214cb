"""Set how long history is kept, and let go what is older: in batches, each a transaction, so that nobody waits for it."""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext
from psycopg import sql

from adms.core import actors, partitions
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.models import Setting
from adms.core.retention import Kept, declared
from adms.core.services import audit, authority

BATCH = 2_000
#: Batches of one kind in one round: the others have their turn too.
_ROUNDS = 50


class TooShort(Refused):
    """History of this kind must be kept longer."""

    code = "retention_too_short"
    status = 422


@transaction.atomic
def keep(*, actor: Actor, name: str, days: int, reason: str, at: dt.datetime) -> None:
    """Keep a kind of history so many days from now on; 0 keeps it for ever. On the audit trail.

    Raises:
        NotAuthorised: the actor may not change settings.
        NotFound: there is no such kind.
        TooShort: fewer days than the least.
    """
    authority.require(actor=actor, action="change_settings")
    kept = next((one for one in declared() if one.name == name), None)
    if kept is None:
        raise NotFound(
            gettext("no history is called %(name)s: there are %(known)s")
            % {"name": name, "known": ", ".join(one.name for one in declared())}
        )
    if days < 0 or 0 < days < kept.least_days:
        raise TooShort(
            gettext("%(name)s must be kept %(least_days)s days at least, or 0 for ever")
            % {"name": name, "least_days": kept.least_days},
            field="days",
        )
    before = kept.kept_days
    Setting.objects.update_or_create(
        key=kept.setting, area=None, defaults={"value": days, "changed_by": actor.name, "changed_at": at}
    )
    audit.record(
        actor=actor,
        action="change_settings",
        object_=kept.setting,
        before={"days": before},
        after={"days": days},
        reason=reason,
        at=at,
    )


def run(*, at: dt.datetime) -> dict[str, int]:
    """Let go what is older than its days; what went, by kind, is on the audit trail. Makes the months ahead, too."""
    gone = {}
    for kept in declared():
        if kept.month_of:
            partitions.ensure(kept.table, kept.month_of, at)
        if kept.kept_days and (count := _let_go(kept, at - dt.timedelta(days=kept.kept_days))):
            gone[kept.name] = count
    if gone:
        audit.record(actor=actors.system("retention"), action="remove_history", after=gone, at=at)
    return gone


def _let_go(kept: Kept, cutoff: dt.datetime) -> int:
    count = 0
    if kept.month_of:
        ended = [name for name, end in partitions.months(kept.table).items() if end <= cutoff]
        count += sum(partitions.drop(name) for name in ended)
    for _ in range(_ROUNDS):
        found = _batch(kept, cutoff)
        count += found
        if found < BATCH:
            break
    return count


@transaction.atomic
def _batch(kept: Kept, cutoff: dt.datetime) -> int:
    """The next rows, those that somebody else holds left for another time."""
    table = kept.table if not kept.month_of else f"{kept.table}_rest"
    chosen = sql.SQL("SELECT id FROM {} one WHERE {} LIMIT {} FOR UPDATE SKIP LOCKED").format(
        sql.Identifier(table), sql.SQL(kept.condition), sql.Literal(BATCH)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tieline.retention = 'on'")  # the triggers of append-only tables ask for it
        cursor.execute(chosen, {"cutoff": cutoff, **kept.parameters()})
        ids = [key for (key,) in cursor.fetchall()]
        if ids and kept.first:
            cursor.execute(kept.first, {"ids": ids})
        if ids:
            cursor.execute(_statement(kept, table), [ids])
    return len(ids)


def _statement(kept: Kept, table: str) -> sql.Composed:
    if kept.emptied:
        emptying = sql.SQL("UPDATE {} SET {} = '' WHERE id = ANY(%s)")
        return emptying.format(sql.Identifier(table), sql.Identifier(kept.emptied))
    return sql.SQL("DELETE FROM {} WHERE id = ANY(%s)").format(sql.Identifier(table))
