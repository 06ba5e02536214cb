"""A one-line diagram as PDF on a landscape sheet: what the page shows, in black, with its time on it."""

from __future__ import annotations

import io
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


class _Sheet:
    """One page; the drawing's y grows downwards, the page's upwards."""

    def __init__(self, layout: dict[str, Any], live: dict[str, Any], size: tuple[float, float]) -> None:
        self.layout, self.live, self.size = layout, live, size
        width, height = size
        self.scale = min((width - 2 * EDGE) / layout["width"], (height - 2 * EDGE - HEAD) / layout["height"], 1.2)
        self.out = io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=size, pageCompression=0)

    def pdf(self, title: str) -> bytes:
        """The file."""
        canvas, (_width, height) = self.canvas, self.size
        canvas.setTitle(title)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(EDGE, height - EDGE - 8, title)
        canvas.setFont("Helvetica", 7)
        canvas.drawString(
            EDGE,
            height - EDGE - 20,
            _("Filled is closed, hollow is open, a ring is not normal, dashed is de-energised."),
        )
        canvas.translate(EDGE, height - EDGE - HEAD)
        canvas.scale(self.scale, self.scale)
        canvas.setFont("Helvetica", 10)
        for wire in self.layout["wires"]:
            self._wire(wire)
        for mark in self.layout["marks"]:
            canvas.drawString(mark["x"] + 5, -mark["y"] - 12, mark["name"])
        for symbol in self.layout["symbols"]:
            self._symbol(symbol)
        canvas.showPage()
        canvas.save()
        return self.out.getvalue()

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
