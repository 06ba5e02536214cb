"""Filters and tags of the console: numbers, times in the utility's zone, marks, icons, navigation.

Durations and ages run on in the browser (static/js/clock.js); what is written here is right at the moment of rendering.
"""

import datetime as dt
import functools
import json
import math
from collections.abc import Mapping
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from adms.core import clock as clocks
from adms.core import permissions, screens

register = template.Library()

NARROW_SPACE = "\u202f"
NOTHING = "—"
THEMES = ("night", "day")
MINUTE, HOUR, DAY = 60, 3600, 86400
HALF_A_YEAR = dt.timedelta(days=180)


@register.simple_tag
def script_words() -> SafeString:
    """The catalogue of what scripts say; without one they speak English as they are written."""
    if (get_language() or "en").startswith("en"):
        return SafeString("")
    return format_html('<script defer src="{}"></script>', reverse("script_words"))


@register.filter
def number(value: object, places: int = 0) -> str:
    """A number with narrow spaces between thousands; a dash where there is none.

    >>> number(1284).replace(NARROW_SPACE, " "), number(0.94, 2), number(None)
    ('1 284', '0.94', '—')
    """
    if not isinstance(value, int | float) or not math.isfinite(value):
        return NOTHING
    return f"{value:,.{places}f}".replace(",", NARROW_SPACE)


@register.filter
def figure(value: object) -> str:
    """A measured value with as many places as it needs, four digits at most.

    >>> figure(22.0), figure(0.53659), figure(None)
    ('22', '0.5366', '—')
    """
    return f"{value:,.4g}".replace(",", NARROW_SPACE) if isinstance(value, int | float) else NOTHING


@register.filter
def worth(value: object) -> str:
    """What a setting is worth: yes or no, a number, words.

    >>> worth(True), worth(43200).replace(NARROW_SPACE, " "), worth(2.5), worth(5.0), worth("ADM,SOP")
    ('yes', '43 200', '2.5', '5', 'ADM,SOP')
    """
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}".replace(",", NARROW_SPACE) if isinstance(value, int | float) else str(value)


@register.filter
def called(account: str, who: Mapping[str, str]) -> str:
    """What people call who acted under an account; one that `who` (`persons.names`) does not know stands for itself.

    >>> called("anna", {"anna": "Anna Lind"}), called("FLISR", {})
    ('Anna Lind', 'FLISR')
    """
    return who.get(account, account)


@register.filter
def percent(value: object, places: int = 0) -> str:
    """A share as percent.

    >>> percent(0.096)
    '10\u202f%'
    """
    return f"{number(value * 100, places)}{NARROW_SPACE}%" if isinstance(value, int | float) else NOTHING


@register.filter
def off_by(value: object) -> str:
    """Minutes, early or late: as minutes up to two hours, else as a duration.

    >>> off_by(-12.4), off_by(95), off_by(-68921), off_by(150), off_by(None)
    ('−12\u202fmin', '95\u202fmin', '−47 d 20 h', '2 h 30', '—')
    """
    if not isinstance(value, int | float):
        return NOTHING
    sign = "\N{MINUS SIGN}" if round(value) < 0 else ""
    told = abs(value)
    return sign + (f"{number(told)}{NARROW_SPACE}min" if told < 2 * HOUR / 60 else duration(60 * told))


@register.filter
def duration(value: object) -> str:
    """Seconds or a timedelta as a person reads it: 02:07, 6 h 40, 3 d 4 h (the same as static/js/clock.js).

    >>> duration(127), duration(24000), duration(dt.timedelta(days=3, hours=4)), duration(None)
    ('02:07', '6 h 40', '3 d 4 h', '—')
    """
    if isinstance(value, dt.timedelta):
        value = value.total_seconds()
    if not isinstance(value, int | float):
        return NOTHING
    seconds = max(0, int(value))
    if seconds < HOUR:
        return f"{seconds // MINUTE:02}:{seconds % MINUTE:02}"
    if seconds < DAY:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE:02}"
    return f"{seconds // DAY} d {seconds % DAY // HOUR} h"


@register.filter
def minutes(value: object, places: int = 0) -> str:
    """Seconds or a timedelta in minutes.

    >>> minutes(dt.timedelta(minutes=188))
    '188'
    """
    if isinstance(value, dt.timedelta):
        value = value.total_seconds()
    return number(value / MINUTE, places) if isinstance(value, int | float) else NOTHING


def _written(value: object, pattern: str) -> str:
    """A moment in the utility's zone by a date pattern of Django's, inside a <time> that machines can read."""
    if not isinstance(value, dt.datetime):
        return NOTHING
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), dateformat.format(local, pattern))


@register.filter
def clock(value: object) -> str:
    """Hours, minutes and seconds: where the order of things matters."""
    return _written(value, "H:i:s")


@register.filter
def hour(value: object) -> str:
    """Hours and minutes: estimates and plans."""
    return _written(value, "H:i")


@register.filter
def moment(value: object) -> str:
    """Day and time: 03 Oct 14:20; with its year where another year's day is nearer: 01 May 2031 08:00."""
    return _written(value, "d M H:i" if _is_near(value) else "d M Y H:i")


@register.filter
def second(value: object) -> str:
    """Day and time to the second: 03 Oct 14:20:05; with its year as `moment` has it."""
    return _written(value, "d M H:i:s" if _is_near(value) else "d M Y H:i:s")


def _is_near(value: object) -> bool:
    return isinstance(value, dt.datetime) and abs(clocks.now() - value) < HALF_A_YEAR


@register.filter
def exactly(value: object) -> str:
    """Full date and time with seconds and offset."""
    return _written(value, "Y-m-d H:i:s O")


@register.filter
def iso(value: object) -> str:
    """For attributes that scripts read."""
    return value.isoformat() if isinstance(value, dt.datetime) else ""


@register.filter
def jsonish(value: object) -> str:
    """Data as indented JSON, for the inspector."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.simple_tag
def public_map() -> str:
    """Where everybody finds the outage map; no view answers there (adms/public_files.py)."""
    return "/public/"


@register.simple_tag
def since(at: object, now: object, limit: int | None = None, tone: str = "p1", over: str = "") -> SafeString | str:
    """How long ago, counting on in the browser; marked once it is more than `limit` seconds."""
    return _running(at, now, "since", limit, tone, over)


@register.simple_tag
def until(at: object, now: object) -> SafeString | str:
    """How long still, counting down in the browser."""
    return _running(at, now, "until", None, "", "")


def _running(at: object, now: object, way: str, limit: int | None, tone: str, over: str) -> SafeString | str:
    if not isinstance(at, dt.datetime) or not isinstance(now, dt.datetime):
        return NOTHING
    seconds = (now - at if way == "since" else at - now).total_seconds()
    if limit is None:
        return format_html('<span data-{}="{}">{}</span>', way, at.isoformat(), duration(seconds))
    words = duration(seconds) + (f" ▲ {over}" if seconds > limit and over else "")
    return format_html(
        '<span data-{}="{}" data-limit="{}" data-tone="{}" data-over="{}"{}>{}</span>',
        way,
        at.isoformat(),
        limit,
        tone,
        over,
        format_html(' class="tone-{}"', tone) if seconds > limit else "",
        words,
    )


@register.simple_tag
def mark(priority: int, new: bool = False) -> SafeString:  # noqa: FBT001, FBT002 - a template writes {% mark 1 %}
    """The priority as shape, digit and colour."""
    return _mark(priority, gettext("priority %(priority)s") % {"priority": priority}, is_new=new)


@functools.lru_cache(maxsize=32)
def _mark(priority: int, words: str, *, is_new: bool) -> SafeString:
    return format_html(
        '<span class="mark" data-priority="{}"{} role="img" aria-label="{}"><span>{}</span></span>',
        priority,
        SafeString(" data-new") if is_new else "",
        words,
        priority,
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite; always beside a word or inside a labelled button."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag
def keys(pressed: str) -> SafeString:
    """A shortcut as keys to press: "g n" is two after the other, "ctrl+k" two together.

    >>> keys("ctrl+shift+f"), keys("")
    ('<kbd>Ctrl+Shift+F</kbd>', '')
    """
    words = ["+".join(part.capitalize() for part in one.split("+")) for one in pressed.split()]
    return format_html_join(" ", "<kbd>{}</kbd>", ((word,) for word in words))


@register.simple_tag
def share_bar(value: float, most: float = 1.0, now: bool = False, width: int = 120) -> SafeString:  # noqa: FBT001, FBT002
    """A small horizontal bar, as long as `value` is of `most`."""
    length = 0.0 if most <= 0 else max(0.0, min(1.0, value / most)) * width
    return format_html(
        '<svg class="share"{} width="{}" height="10" aria-hidden="true"><rect class="ground" width="{}" height="10"></rect>'
        '<rect class="bar" width="{}" height="10"></rect></svg>',
        SafeString(" data-now") if now else "",
        width,
        width,
        round(length, 1),
    )


@register.simple_tag(takes_context=True)
def theme_attribute(context: RequestContext) -> SafeString | str:
    """`data-theme` of the page: the browser's cookie, else the user's own setting, else the system decides."""
    request = context.get("request")
    chosen = request.COOKIES.get("tieline_theme", "") if request else ""
    if chosen not in THEMES:
        chosen = getattr(context.get("user"), "theme", "")
    return format_html(' data-theme="{}"', chosen) if chosen in THEMES else ""


@register.simple_tag(takes_context=True)
def nav_current(context: RequestContext, *prefixes: str) -> SafeString | str:
    """`aria-current` when the page's view name begins with one of the prefixes."""
    request: Any = context.get("request")
    match = getattr(request, "resolver_match", None)
    name = match.view_name if match else ""
    return SafeString(' aria-current="page"') if name and name.startswith(prefixes) else ""


@register.simple_tag(takes_context=True)
def screen(context: RequestContext) -> screens.Screen | None:
    """The screen the page belongs to: what it is called and what its help says."""
    request: Any = context.get("request")
    match = getattr(request, "resolver_match", None)
    return screens.of_view(match.view_name) if match else None


@register.simple_tag
def user_roles(user: Any) -> list[dict[str, str]]:
    """What a person may be where: role and area in words, for the account menu."""
    grants = getattr(user, "grants", None)
    if grants is None:
        return []
    rows = grants.select_related("area").order_by("role", "area__name")
    return [
        {"key": row.role, "role": row.get_role_display(), "area": row.area.name if row.area else gettext("all areas")}
        for row in rows
    ]


@register.filter
def may(held: list[dict[str, str]], actions: str) -> bool:
    """Whether the roles of `user_roles` allow one of these actions anywhere: for links; services decide by themselves.

    >>> may([{"key": "ENG"}], "publish_model operate_switch"), may([{"key": "CRW"}], "publish_model")
    (True, False)
    """
    allowed = frozenset[str]().union(*(permissions.ACTIONS[action] for action in actions.split()))
    return any(one["key"] in allowed for one in held)
