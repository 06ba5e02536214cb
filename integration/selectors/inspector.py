"""All messages in one list, whichever table they lie in: in, out, refused; bounded, because there are millions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from adms.core.errors import NotFound
from integration.cim import operations, registry, words
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine

IN, OUT, REFUSED = "in", "out", "quarantine"
#: The list goes back so far; what is older is found by a word of it.
LATEST = 20_000
#: The moment by which messages of each way are listed.
TIMES = {IN: "received_at", OUT: "created_at", REFUSED: "latest_seen_at"}
_TABLES: dict[str, type[Model]] = {IN: InboxMessage, OUT: OutboxMessage, REFUSED: Quarantine}
MOST_WORDS = 8
#: By its words, and, in the second or two before those are written down, by the beginning of its MessageID.
_KNOWN = "SELECT id FROM {0} WHERE words @@ %s::tsquery ORDER BY {1} DESC LIMIT {2}"
_NEW = "SELECT id FROM {0} WHERE words IS NULL AND message_id::text ILIKE %s"
#: The lists of the inspector, and which rows of which tables are in each.
WHICH: dict[str, dict[str, Q]] = {
    "all": {IN: Q(), OUT: Q(), REFUSED: Q()},
    "in": {IN: Q()},
    "out": {OUT: Q()},
    "waiting": {OUT: Q(state="pending")},
    "dead": {OUT: Q(state="dead")},
    "failed": {IN: Q(items_failed__gt=0)},
    "refused": {REFUSED: Q()},
}


#: What a message may be called: as the registry has it, and sets of several.
NOUNS = sorted({*registry.nouns(), operations.NOUN})
VERBS = sorted({*(row.verb for row in registry.ROWS), operations.EXECUTE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages of a list: by words, partner, noun and verb; an empty part means all.

    A refused message is of the nouns and verbs that stand in it, for nobody knows what it was.
    """

    text: str = ""
    partner: int | None = None
    noun: str = ""
    verb: str = ""


ALL = Wanted()


def listed(show: str, wanted: Wanted = ALL) -> QuerySet[Any, tuple[Any, str, int]]:
    """(moment, way, key) of the latest messages of a list, newest first."""
    parts = [_part(way, which & _matching(way, wanted)) for way, which in WHICH[show].items()]
    first, *others = parts
    return first.union(*others, all=True).order_by("-moment", "-key") if others else first


def count(show: str, wanted: Wanted = ALL) -> int:
    """How many there are, at most LATEST of each way."""
    return sum(_part(way, which & _matching(way, wanted)).count() for way, which in WHICH[show].items())


def _part(way: str, which: Q) -> QuerySet[Any, tuple[Any, str, int]]:
    rows = _TABLES[way]._default_manager.filter(which).order_by(f"-{TIMES[way]}", "-pk")  # noqa: SLF001 - Django's public name
    told = rows.annotate(moment=F(TIMES[way]), way=Value(way, output_field=CharField()), key=F("pk"))
    listed: QuerySet[Any, tuple[Any, str, int]] = told.values_list("moment", "way", "key")[:LATEST]
    return listed


def _matching(way: str, wanted: Wanted) -> Q:
    found = Q() if wanted.partner is None else Q(partner=wanted.partner)
    table = _TABLES[way]._meta.db_table  # noqa: SLF001 - Django's public name
    for column, name in (("noun", wanted.noun), ("verb", wanted.verb)):
        if name and way == REFUSED:
            holds = RawSQL(_KNOWN.format(table, TIMES[way], LATEST), [words.query(name)])  # noqa: S611 - table names of our own
            found &= Q(pk__in=holds)
        elif name:
            found &= Q(**{column: name})
    for word in wanted.text.split()[:MOST_WORDS]:
        sources = Partner.objects.filter(Q(name__icontains=word) | Q(source__icontains=word))
        new = RawSQL(_NEW.format(table), [f"{_escaped(word)}%"])  # noqa: S611 - table names of our own
        named = Q(partner__in=list(sources.values_list("pk", flat=True))) | Q(pk__in=new)
        if asked := words.query(word):
            known = RawSQL(_KNOWN.format(table, TIMES[way], LATEST), [asked])  # noqa: S611
            named |= Q(pk__in=known)
        found &= named
    return found


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def load(keys: Sequence[tuple[Any, str, int]]) -> list[tuple[str, Any]]:
    """The messages behind some entries of the list, without their bodies, in the same order."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for _, way, key in keys:
        wanted[way].append(key)
    found = {(way, row.pk): row for way, pks in wanted.items() for row in _light(way).filter(pk__in=pks)}
    return [(way, found[way, key]) for _, way, key in keys if (way, key) in found]


def _light(way: str) -> QuerySet[Any]:
    rows = _TABLES[way]._default_manager.select_related("partner")  # noqa: SLF001
    return rows.defer("excerpt") if way == REFUSED else rows.defer("body", "reply")


def message(way: str, key: int) -> Any:
    """One message with its body.

    Raises:
        NotFound: there is none, or not any more.
    """
    table = _TABLES.get(way)
    found = table and table._default_manager.select_related("partner").filter(pk=key).first()  # noqa: SLF001
    if not found:
        raise NotFound(f"no message {way}/{key}", way=way, key=key)
    return found
