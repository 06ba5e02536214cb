"""Charts as server-rendered SVG: the geometry is reckoned here, the template only writes it down."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext as _

from adms.core.templatetags import tieline

register = template.Library()

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 16, 30  # a label of six figures stands on the left
#: What a label of a bar, and the number at it, need.
LABEL_WIDTH, NUMBER_WIDTH = 44, 34
SHARE_WIDTH, ROW, LABEL, VALUE = 606, 34, 192, 236


@dataclass(frozen=True, slots=True)
class Bar:
    """One period: what counts (solid), what is on top of it (hollow), where a click leads, its days where the chart is zoomed.

    Of one that is not known (a value of None) the chart tells that instead of nought.
    """

    label: str
    value: float
    extra: float = 0.0
    url: str = ""
    is_now: bool = False
    first: str = ""
    last: str = ""
    is_known: bool = True


def nice_step(top: float, lines: int = 4) -> float:
    """The distance of grid lines: 1, 2, 2.5 or 5 times a power of ten.

    >>> nice_step(14.9), nice_step(0.11), nice_step(0)
    (5.0, 0.05, 0.25)
    """
    rough = (top if top > 0 else 1.0) / lines
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= rough * 0.999))


def short(value: float, places: int) -> str:
    """A number that fits above a bar.

    >>> short(14.96, 1), short(399.1, 1), short(8940.6, 1), short(10000, 0), short(89405727, 0)
    ('15.0', '399', '8.9k', '10k', '89.4M')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return tieline.number(value, 0 if value >= 100 else places)


@register.inclusion_tag("components/_bar_chart.html")
def bar_chart(
    bars: Sequence[Any], title: str, target: float | None = None, unit: str = "", places: int = 1
) -> dict[str, Any]:
    """Vertical bars by period. `bars` have label, value, extra (hollow, on top), url, is_now, first and last."""
    shown = [_bar(bar) for bar in bars]
    top = max([bar.value + bar.extra for bar in shown] + [target or 0.0]) or 1.0  # nothing at all has a scale, too
    step = nice_step(top)
    ceiling = math.ceil(top / step - 1e-9) * step
    ground, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(shown))
    width = min(56.0, slot * 0.64)

    def height(value: float) -> float:
        return round(value / ceiling * room, 1)

    return {
        "title": title,
        "size": (WIDTH, HEIGHT),
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "lines": _lines(ceiling, step, ground, room),
        "target": None if target is None else {"y": ground - height(target), "label": f"target {target:g}"},
        "ground": ground,
        "bars": [_placed(bar, i, slot, width, ground, height, places, unit) for i, bar in enumerate(shown)],
    }


def _bar(bar: Any) -> Bar:
    """Whatever has these names, as a Bar."""

    def get(name: str, default: Any) -> Any:
        return bar.get(name, default) if isinstance(bar, dict) else getattr(bar, name, default)

    return Bar(
        str(get("label", "")),
        float(get("value", 0) or 0),
        float(get("extra", 0) or 0),
        get("url", "") or "",
        bool(get("is_now", False)),
        str(get("first", "")),
        str(get("last", "")),
        get("value", 0) is not None,
    )


def _placed(
    bar: Bar, i: int, slot: float, width: float, ground: float, height: Callable[[float], float], places: int, unit: str
) -> dict[str, Any]:
    x, tall, more = round(LEFT + slot * i + (slot - width) / 2, 1), height(bar.value), height(bar.extra)
    text = tieline.number(bar.value if bar.is_known else None, places)
    words = f"{bar.label}: {text} {unit if bar.is_known else _('not known')}".strip() + (
        f", {tieline.number(bar.extra, places)} more with major event days" if bar.extra else ""
    )
    return {
        "x": x,
        "middle": round(x + width / 2, 1),
        "width": round(width, 1),
        "y": round(ground - tall, 1),
        "height": tall,
        "extra_y": round(ground - tall - more, 1),
        "extra_height": more,
        "text": "" if slot < NUMBER_WIDTH else short(bar.value, places) if bar.is_known else text,
        "text_y": ground - 8 if tall >= 24 else round(ground - tall - more - 6, 1),
        "is_inside": tall >= 24,
        "label": "" if i % max(1, math.ceil(LABEL_WIDTH / slot)) else bar.label,
        "words": words,
        "url": bar.url,
        "is_now": bar.is_now,
        "first": bar.first,
        "last": bar.last,
    }


@register.inclusion_tag("components/_profile_chart.html")
def profile_chart(slots: Sequence[Any], title: str, unit: str = "") -> dict[str, Any]:
    """Many narrow bars in the order of time, with the clock below. `slots` are as bars are, with `words` on each.

    A slot with `extra` is hollow; below nothing it hangs from the ground, and the scale begins at nothing all the same.
    """
    shown = [(_bar(one), str(one["words"])) for one in slots]
    top = max([bar.value + bar.extra for bar, _ in shown] + [0.0]) or 1.0
    step = nice_step(top)
    ceiling = math.ceil(top / step - 1e-9) * step
    ground, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(shown))
    every = max(1, len(shown) // 8)

    def placed(bar: Bar, words: str, number: int) -> dict[str, Any]:
        tall = min(abs(bar.value + bar.extra) / ceiling * room, float(BOTTOM) if bar.value < 0 else room)
        told = f"{bar.label}: {tieline.number(bar.value + bar.extra, 3)} {unit}".strip()
        return {
            "x": round(LEFT + slot * number, 1),
            "width": round(slot * 0.8, 1),
            "top": round(ground if bar.value < 0 else ground - tall, 1),
            "tall": round(tall, 1),
            "extra_height": bar.extra,
            "is_now": bar.is_now,
            "is_labelled": number % every == 0,
            "label": bar.label,
            "words": f"{told}, {words}" if words else told,
        }

    return {
        "title": title,
        "size": (WIDTH, HEIGHT),
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "lines": _lines(ceiling, step, ground, room),
        "ground": ground,
        "bars": [placed(bar, words, number) for number, (bar, words) in enumerate(shown)],
    }


def _lines(ceiling: float, step: float, ground: float, room: float) -> list[dict[str, Any]]:
    return [
        {
            "y": ground - round(i * step / ceiling * room, 1),
            "label": short(i * step, 0) if i * step >= 1000 else f"{i * step:g}",
        }
        for i in range(round(ceiling / step) + 1)
    ]


@register.inclusion_tag("components/_share_chart.html")
def share_chart(rows: Sequence[Any], title: str, unit: str = "min") -> dict[str, Any]:
    """Horizontal bars from the largest down. `rows` have label, value and url."""
    return _shares([_bar(row) for row in rows], title, unit)


@register.inclusion_tag("components/_share_chart.html")
def pareto_chart(rows: Sequence[Any], title: str, unit: str = "min") -> dict[str, Any]:
    """The same; each bar also says which share it and those above it make together."""
    bars = [_bar(row) for row in rows]
    total = sum(bar.value for bar in bars) or 1.0
    context, so_far = _shares(bars, title, unit), 0.0
    for row, bar in zip(context["rows"], bars, strict=True):
        so_far += bar.value
        row["text"] += f" · Σ {tieline.percent(so_far / total)}"
    return context


def _shares(bars: Sequence[Bar], title: str, unit: str) -> dict[str, Any]:
    total = sum(bar.value for bar in bars) or 1.0
    most = max([bar.value for bar in bars] + [0.0]) or 1.0
    return {
        "title": title,
        "width": SHARE_WIDTH,
        "height": max(1, len(bars)) * ROW + 4,
        "label_x": LABEL - 12,
        "rows": [
            {
                "y": 6 + i * ROW,
                "text_y": 21 + i * ROW,
                "x": LABEL,
                "width": max(2.0, round(bar.value / most * (SHARE_WIDTH - LABEL - VALUE), 1)),
                "value_x": round(LABEL + max(2.0, bar.value / most * (SHARE_WIDTH - LABEL - VALUE)) + 10, 1),
                "label": bar.label,
                "text": f"{tieline.number(bar.value)} {unit} · {tieline.percent(bar.value / total)}",
                "url": bar.url,
                "is_first": i == 0,
            }
            for i, bar in enumerate(bars)
        ],
    }
