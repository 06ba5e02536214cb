"""A one-line diagram as PDF on landscape sheets: what the page shows, in black, with its time on it.

What would be too small to read on one sheet is an atlas: the whole first, ruled into fields A1, A2, B1, ..., then a sheet of each field
that has anything on it.
"""

from __future__ import annotations

import io
import math
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from adms.core import browser
from network.domain import display
from network.selectors import one_line, state

PAPERS = {"a4": A4, "a3": A3}
EDGE, HEAD = 10 * mm, 14 * mm
HALF = 8.0  # of a symbol, in pixels of the drawing
#: Points of the paper for a pixel of the drawing: names are 10 pixels high, so smaller is not readable.
READABLE, LARGEST = 0.5, 1.2
OVERLAP = 40.0  # pixels that a field shows of those beside it
AROUND = 140.0  # pixels that a symbol and its words may reach
_SUPPLY = 7
_TWO_CIRCLES = {"power": 11.0, "service": 7.0}
_ROUND = {"recloser", "source"}


@browser.page("GET", may="see_network")
def one_line_print(request: browser.Request, model: str, mrid: str) -> HttpResponse:
    """The diagram on A4, or on A3 with ?paper=a3; ?whole=1 with what lies behind service transformers."""
    present = state.present(model)
    what = one_line.subject(present, mrid)
    is_whole = what.kind == "feeder" and request.GET.get("whole") == "1"
    layout = one_line.layout(present, what, is_whole=is_whole)
    live = one_line.live(present, what, is_whole=is_whole)
    title = f"{what.name} · {model} · {timezone.localtime(request.at):%Y-%m-%d %H:%M:%S}"
    paper = PAPERS.get(request.GET.get("paper", ""), A4)
    response = HttpResponse(_Sheet(layout, live, landscape(paper)).pdf(title), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="one-line-{what.mrid}.pdf"'
    return response


@dataclass(frozen=True, slots=True)
class _Field:
    """A part of the drawing, in its pixels."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    def has(self, x: float, y: float, around: float = 0.0) -> bool:
        """Whether this place is in it, or so near."""
        return (
            self.left - around <= x <= self.right + around and self.top - around <= y <= self.bottom + around
        )  # fmt: skip


class _Sheet:
    """The pages; the drawing's y grows downwards, the page's upwards."""

    def __init__(self, layout: dict[str, Any], live: dict[str, Any], size: tuple[float, float]) -> None:
        self.layout, self.live, self.size = layout, live, size
        self.room = (size[0] - 2 * EDGE, size[1] - 2 * EDGE - HEAD)
        self.out = io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=size, pageCompression=0)

    def pdf(self, title: str) -> bytes:
        """The file."""
        self.canvas.setTitle(title)
        whole = _Field("", 0.0, 0.0, self.layout["width"], self.layout["height"])
        scale = min(self.room[0] / whole.right, self.room[1] / whole.bottom, LARGEST)
        fields = self._fields() if scale < READABLE else []
        self._page(title, whole, scale, fields)
        for field in fields:
            self._page(f"{title} · {field.name}", field, READABLE, [])
        self.canvas.save()
        return self.out.getvalue()

    def _fields(self) -> list[_Field]:
        """The drawing in fields that fill a sheet each; those without anything on them are left out."""
        across, down = (room / READABLE - 2 * OVERLAP for room in self.room)
        found = []
        for row in range(math.ceil(self.layout["height"] / down)):
            letter = string.ascii_uppercase[row % 26] * (row // 26 + 1)
            for column in range(math.ceil(self.layout["width"] / across)):
                left, top = column * across, row * down
                field = _Field(
                    f"{letter}{column + 1}",
                    left - OVERLAP,
                    top - OVERLAP,
                    left + across + OVERLAP,
                    top + down + OVERLAP,
                )
                if any(field.has(one["x"], one["y"]) for one in self.layout["symbols"]):
                    found.append(field)
        return found

    def _page(self, title: str, shown: _Field, scale: float, fields: list[_Field]) -> None:
        canvas, (_width, height) = self.canvas, self.size
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(EDGE, height - EDGE - 8, title)
        canvas.setFont("Helvetica", 7)
        canvas.drawString(
            EDGE,
            height - EDGE - 20,
            _("Filled is closed, hollow is open, a ring is not normal, dashed is de-energised.")
            + (f" {_('A sheet of each field follows.')}" if fields else ""),
        )
        frame = canvas.beginPath()
        frame.rect(EDGE, EDGE, *self.room)
        canvas.saveState()
        canvas.clipPath(frame, stroke=0, fill=0)
        canvas.translate(EDGE - shown.left * scale, height - EDGE - HEAD + shown.top * scale)
        canvas.scale(scale, scale)
        canvas.setFont("Helvetica", 10)
        for wire in self.layout["wires"]:
            if _touches(wire["points"], shown):
                self._wire(wire)
        for mark in self.layout["marks"]:
            if shown.has(mark["x"], mark["y"], AROUND):
                canvas.drawString(mark["x"] + 5, -mark["y"] - 12, mark["name"])
        for symbol in self.layout["symbols"]:
            if shown.has(symbol["x"], symbol["y"], AROUND):
                self._symbol(symbol)
        for field in fields:
            self._rule(field, scale)
        canvas.restoreState()
        canvas.showPage()

    def _rule(self, field: _Field, scale: float) -> None:
        """The border and the name of a field, in points of the paper."""
        canvas, (left, top) = self.canvas, (field.left + OVERLAP, field.top + OVERLAP)
        across, down = field.right - OVERLAP - left, field.bottom - OVERLAP - top
        canvas.setLineWidth(0.5 / scale)
        canvas.rect(left, -top - down, across, down, fill=0)
        canvas.setFont("Helvetica-Bold", 11 / scale)
        canvas.drawString(left + 4 / scale, -top - 12 / scale, field.name)

    def _wire(self, wire: dict[str, Any]) -> None:
        supply = (
            self.live["branches"].get(wire["branch"], 0) & _SUPPLY
            if wire["branch"] >= 0
            else self.live["nodes"][wire["node"]]
        )
        self.canvas.setLineWidth(5 if wire["is_bus"] else 1.5)
        self.canvas.setDash([7, 4] if supply == display.DE_ENERGISED else [])
        path = self.canvas.beginPath()
        (x, y), *rest = wire["points"]
        path.moveTo(x, -y)
        for x, y in rest:
            path.lineTo(x, -y)
        self.canvas.drawPath(path)
        self.canvas.setDash([])

    def _symbol(self, symbol: dict[str, Any]) -> None:
        canvas, x, y = self.canvas, symbol["x"], -symbol["y"]
        byte = self.live["branches"].get(symbol["branch"], 0)
        canvas.setLineWidth(1.5)
        canvas.setFillGray(1 if byte & display.OPEN or symbol["kind"] in ("fuse", "source", "other") else 0)
        self._shape(symbol["kind"], x, y, is_upright=symbol["is_upright"])
        canvas.setFillGray(0)
        if byte & display.ABNORMAL:
            canvas.rect(x - 13, y - 13, 26, 26, fill=0)
        if byte & display.TAGGED:
            canvas.drawRightString(x - 15, y - 4, "TAG")
        self._name(symbol, x, y)

    def _shape(self, kind: str, x: float, y: float, *, is_upright: bool) -> None:
        canvas = self.canvas
        if kind in _TWO_CIRCLES:
            r = _TWO_CIRCLES[kind]
            dx, dy = (0.0, r * 0.65) if is_upright else (r * 0.65, 0.0)
            canvas.setFillGray(1)
            canvas.circle(x - dx, y + dy, r, fill=1)
            canvas.circle(x + dx, y - dy, r, fill=1)
            canvas.circle(x - dx, y + dy, r, fill=0)
        elif kind in _ROUND:
            canvas.circle(x, y, HALF + 1, fill=1)
        elif kind == "load":
            path = canvas.beginPath()
            path.moveTo(x - 6, y + 3)
            path.lineTo(x + 6, y + 3)
            path.lineTo(x, y - 9)
            path.close()
            canvas.drawPath(path, fill=1)
        else:
            across = HALF / 2 if kind in ("fuse", "disconnector", "load_break", "ground") else HALF
            half_x, half_y = (across, HALF) if is_upright else (HALF, across)
            canvas.rect(x - half_x, y - half_y, half_x * 2, half_y * 2, fill=1)

    def _name(self, symbol: dict[str, Any], x: float, y: float) -> None:
        values = " · ".join(value["text"] for value in self.live["values"].get(symbol["branch"], [])[:2])
        name = symbol["name"] if symbol["has_room"] else ""
        if symbol["is_upright"]:
            self.canvas.drawString(x + 17, y + 1, name)
            self.canvas.drawString(x + 17, y - 11, values)
        else:
            self.canvas.drawCentredString(x, y + 17, name)
            self.canvas.drawCentredString(x, y - 26, values)


def _touches(points: Sequence[tuple[float, float]], shown: _Field) -> bool:
    """Whether the box of a wire and a field meet."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    is_beside = min(xs) > shown.right or max(xs) < shown.left
    return not (is_beside or min(ys) > shown.bottom or max(ys) < shown.top)
