"""For and against one outage on one screen: why the system believes it, what speaks against it, who decided each turn."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core import browser
from network.domain import phases as ph
from outages.domain import balance as arithmetic
from outages.models import Outage
from outages.selectors import balance, outages
from outages.selectors.balance import Item
from outages.views import rows

WIDTH, LEFT, TOP, LANE = 1000, 158, 24, 34
#: How wide a mark of the chart is, and a digit of the count beside it.
MARK, DIGIT = 14, 7
ROW, INDENT = 30, 22
SHAPES = {"dark": "▼", "live": "▲", "silent": "◇", "turn": "◆"}
TONES = {"dark": "p1", "live": "earth", "silent": "bad", "turn": ""}
SHOWN = 300
SAME_S = 30.0
TICKS = 6


@browser.page("GET", may="see_network")
def outage_evidence(request: browser.Request, outage_id: int) -> HttpResponse:
    """The screen."""
    found = outages.outage(request.actor, outage_id)
    told = balance.items(request.actor, found)
    against = balance.contradictions(told, found)
    in_conflict = {id(one[side]) for one in against for side in ("dark", "live") if one[side] is not None}
    context = {
        "outage": rows.head(found, request.at) | {"phases": ph.text(found.phases & ph.ABC), "model": found.model_key},
        "reasons": [sentence.text for sentence in outages.explanation(found)][:4],
        "sides": _sides(told),
        "against": against[:12],
        "against_more": max(0, len(against) - 12),
        "decided": _decided(told),
        "chart": _chart(told, found, request.at),
        "tree": _tree(balance.extract(told, found)),
        "items": _together([_shown(one, is_conflict=id(one) in in_conflict) for one in told])[-SHOWN:],
        "items_total": len(told),
        "url": request.path,
        "back_url": reverse("outages:outage_page", args=[found.pk]),
        "pings_url": f"{reverse('outages:ping_list')}?outage={found.pk}",
        "now": request.at,
    }
    return browser.either(request, "outages/evidence.html", "outages/_evidence_screen.html", context)


def _shown(one: Item, *, is_conflict: bool = False) -> dict[str, Any]:
    return {
        "at": one.at,
        "known_at": one.known_at,
        "is_late": (one.known_at - one.at).total_seconds() > 30,
        "lane": balance.LANE_WORDS[one.lane],
        "side": one.side,
        "shape": SHAPES[one.side],
        "tone": TONES[one.side],
        "what": one.what,
        "about": one.about,
        "place": one.place,
        "phases": ph.text(one.phases & ph.ABC),
        "weight": one.weight,
        "note": one.note,
        "is_conflict": is_conflict,
    }


def _together(shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of the same kind and place that came within half a minute become one; what is contradicted stands alone."""
    kept: list[dict[str, Any]] = []
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in shown:
        key = tuple(one[name] for name in ("lane", "side", "what", "place", "phases", "note"))
        same = latest.get(key)
        is_near = same is not None and (one["at"] - same["at"]).total_seconds() <= SAME_S
        if same is not None and is_near and not one["is_conflict"] and one["side"] != "turn":
            same["count"] += 1
            same["last_at"] = one["at"]
            continue
        kept.append(one | {"count": 1, "last_at": one["at"]})
        if not one["is_conflict"]:
            latest[key] = kept[-1]
    return kept


def _sides(told: Sequence[Item]) -> dict[str, list[dict[str, Any]]]:
    """How many said what, by kind: for, against, nothing."""
    counted: dict[str, Counter[str]] = {"dark": Counter(), "live": Counter(), "silent": Counter()}
    for one in told:
        if one.side in counted:
            counted[one.side][one.what] += 1
    return {side: [{"what": what, "count": n} for what, n in found.most_common()] for side, found in counted.items()}


def _decided(told: Sequence[Item]) -> list[dict[str, Any]]:
    """The turns, the latest first."""
    return [_shown(one) for one in reversed(told) if one.lane == "decided"][:8]


def _chart(told: Sequence[Item], found: Outage, at: dt.datetime) -> dict[str, Any] | None:
    """Lanes of who says what, over time; decisions as lines through all lanes."""
    if not told:
        return None
    begin = min(one.at for one in told).timestamp()
    last = max(one.at for one in told).timestamp()
    end = max(last + max(5.0, (last - begin) * 0.03), begin + 60.0)
    if found.state in outages.GOING_ON:
        end = max(end, min(at.timestamp(), last + max(60.0, last - begin)))
    lanes = [key for key in balance.LANE_WORDS if any(one.lane == key for one in told)]
    inner = WIDTH - LEFT - 16
    return {
        "width": WIDTH,
        "height": TOP + LANE * len(lanes) + 26,
        "left": LEFT,
        "right": WIDTH - 16,
        "lanes": [
            {
                "label": balance.LANE_WORDS[key],
                "y": TOP + LANE * number + LANE // 2,
                "marks": _marks([one for one in told if one.lane == key], begin, end, inner),
            }
            for number, key in enumerate(lanes)
        ],
        "turns": [
            LEFT + mark.x
            for mark in arithmetic.marks(
                [one.at.timestamp() for one in told if one.lane == "decided"], begin, end, inner, MARK
            )
        ],
        "bottom": TOP + LANE * len(lanes),
        "ticks": _ticks(begin, end, inner),
        "label": _("Who said what about outage %(outage)s, in time: %(words)s words and turns")
        % {"outage": found.pk, "words": len(told)},
    }


def _marks(told: Sequence[Item], begin: float, end: float, inner: int) -> list[dict[str, Any]]:
    found = []
    for side, shape in SHAPES.items():
        own = [one for one in told if one.side == side]
        shift = {"live": -9, "dark": 9, "silent": 0, "turn": 0}[side] if len({one.side for one in told}) > 1 else 0
        for mark in arithmetic.marks([one.at.timestamp() for one in own], begin, end, inner, MARK, DIGIT):
            first = own[mark.first]
            more = " " + _("and %(more)s more") % {"more": mark.size - 1} if mark.size > 1 else ""
            words = f"{timezone.localtime(first.at):%H:%M:%S} {first.what}: {first.about} {first.place}{more}"
            found.append(
                {
                    "x": LEFT + mark.x,
                    "shift": shift,
                    "shape": shape,
                    "tone": TONES[side],
                    "count": mark.size,
                    "words": words,
                }
            )
    return found


def _ticks(begin: float, end: float, inner: int) -> list[dict[str, Any]]:
    moments = [begin + (end - begin) * number / TICKS for number in range(TICKS + 1)]
    pattern = "%H:%M:%S" if end - begin < 3 * 3600 else "%H:%M"
    return [
        {
            "x": LEFT + int(inner * number / TICKS),
            "text": f"{timezone.localtime(dt.datetime.fromtimestamp(moment, dt.UTC)):{pattern}}",
        }
        for number, moment in enumerate(moments)
    ]


def _tree(found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The piece of network as a drawing: one row a device, each hanging on the one above it."""
    if not found:
        return None
    last_at_depth: dict[int, int] = {}
    drawn = []
    for number, one in enumerate(found):
        y, x = 20 + ROW * number, 16 + INDENT * one["depth"]
        above = last_at_depth.get(one["depth"] - 1)
        drawn.append(
            one
            | {
                "x": x,
                "y": y,
                "path": f"M{x - INDENT} {above}V{y}H{x}" if above is not None else "",
                "text_x": x + 14,
            }
        )
        last_at_depth[one["depth"]] = y
    deepest = max(one["depth"] for one in found)
    return {"rows": drawn, "width": max(520, 330 + INDENT * deepest), "height": 20 + ROW * len(found)}
