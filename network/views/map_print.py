"""The map as PDF on a landscape sheet: the part that is on screen, in black, with title, time, scale and legend.

State is told by line and shape as on screen, never by colour alone: a sheet is copied, and read without power.
"""

import gzip
import io
import math
from collections.abc import Iterable

import numpy as np
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from adms.core import browser
from adms.core.errors import Invalid
from network.domain import map_sheet
from network.domain.display import ABNORMAL, DE_ENERGISED, EARTHED, IN_OUTAGE, OPEN, PARTLY, SOURCE, TAGGED
from network.selectors import display, state, versions

PAPERS = {"a4": A4, "a3": A3}
EDGE, HEAD, FOOT = 10 * mm, 12 * mm, 10 * mm
#: Switches are drawn while there are no more of them than this; abnormal ones always. Names likewise.
MOST_SYMBOLS, MOST_NAMES = 1_500, 250
_SUPPLY = 7
#: State, words, width and dashes of its line (points), the usual ones first so that the others lie on top.
LINES = (
    (0, "energised", 0.4, ()),
    (PARTLY, "some phase dead", 1.0, (6, 2, 1, 2)),
    (EARTHED, "earthed", 1.4, (1, 2)),
    (DE_ENERGISED, "de-energised", 1.4, (5, 3)),
)
PREDICTED = ("predicted without supply", 2.0, (1, 3))


@browser.page("GET", may="see_network")
def map_print(request: browser.Request, model: str) -> HttpResponse:
    """The box of ?box=left,bottom,right,top (quantised steps of the geometry file), else the whole network; ?paper=a4 or a3."""
    present = state.present(model)
    is_geographic = display.is_geographic(present)
    geometry = map_sheet.decode(gzip.decompress(display.geometry(present)), is_geographic=is_geographic)
    box = _box(request.GET.get("box", "")) or geometry.extent
    sheet = _Sheet(geometry, display.plane(model).states, landscape(PAPERS.get(request.GET.get("paper", ""), A4)), box)
    wanted = ",".join(str(branch) for branch in sheet.to_be_named())
    names = display.names(present, wanted)["names"] if wanted else {}
    stations = {int(branch): name for branch, name in display.source_names(present).items()}
    running = versions.running(key=model)
    title = f"{running.model.name if running else model} · {timezone.localtime(request.at):%Y-%m-%d %H:%M:%S %Z}"
    by = _("as operated, version %(version)d · printed by %(who)s") % {
        "version": present.version,
        "who": request.user,
    }
    content = sheet.pdf(title, by, {int(branch): name for branch, name in names.items()}, stations)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="map-{model}.pdf"'
    return response


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        left, bottom, right, top = (float(word) for word in text.split(","))
    except ValueError:
        raise Invalid(_("box is four numbers: left, bottom, right, top"), field="box") from None
    if not all(map(math.isfinite, (left, bottom, right, top))) or left >= right or bottom >= top:
        raise Invalid(_("box is four numbers: left, bottom, right, top"), field="box")
    return left, bottom, right, top


class _Sheet:
    """One page. Points of the paper are `(x - left) * k`, `(y - bottom) * k` from the corner of the map's frame."""

    def __init__(
        self,
        geometry: map_sheet.Geometry,
        states: NDArray[np.uint8],
        size: tuple[float, float],
        box: tuple[float, float, float, float],
    ) -> None:
        self.geometry, self.states = geometry, states
        self.width, self.height = size[0] - 2 * EDGE, size[1] - 2 * EDGE - HEAD - FOOT
        self.box = map_sheet.fitted(box, self.width, self.height)
        self.k = self.width / (self.box[2] - self.box[0])
        self.out = io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=size)
        self.page_height = size[1]

    def to_be_named(self) -> list[int]:
        """Branches whose names there is room for: what is abnormal or tagged first."""
        shown = self.geometry.symbol_branch[self._symbols()]
        unusual = (self.states[shown] & (ABNORMAL | TAGGED)) != 0
        order = np.argsort(~unusual, kind="stable")
        found = list(dict.fromkeys(shown[order].tolist()))
        return found if len(found) <= MOST_NAMES else found[: min(MOST_NAMES, int(unusual.sum()))]

    def pdf(self, title: str, by: str, names: dict[int, str], stations: dict[int, str]) -> bytes:
        """The file. Names of switches, and of stations by the branch that carries their symbol."""
        canvas = self.canvas
        canvas.setTitle(title)
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(EDGE, self.page_height - EDGE - 10, title)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(EDGE, self.page_height - EDGE - 22, by)
        self._legend()
        self._scale()
        canvas.translate(EDGE, EDGE + FOOT)
        frame = canvas.beginPath()
        frame.rect(0, 0, self.width, self.height)
        canvas.clipPath(frame, stroke=1, fill=0)
        self._lines()
        self._switches(names, stations)
        canvas.showPage()
        canvas.save()
        return self.out.getvalue()

    def _lines(self) -> None:
        seen = map_sheet.seen_lines(self.geometry, self.box, least=0.3 / self.k)
        bytes_ = self.states[self.geometry.branches[seen]]
        predicted = (bytes_ & IN_OUTAGE) != 0
        for state_, _words, width, dashes in LINES:
            self._strokes(seen[((bytes_ & _SUPPLY) == state_) & ~predicted], width, dashes)
        self._strokes(seen[predicted], *PREDICTED[1:])

    def _strokes(self, segments: NDArray[np.intp], width: float, dashes: Iterable[int]) -> None:
        if not len(segments):
            return
        left, bottom, *_far = self.box
        points = (self.geometry.lines[segments].reshape(-1, 2, 2) - [left, bottom]) * self.k
        path = self.canvas.beginPath()
        for (x1, y1), (x2, y2) in points.tolist():
            path.moveTo(x1, y1)
            path.lineTo(x2, y2)
        self.canvas.setLineWidth(width)
        self.canvas.setDash(list(dashes))
        self.canvas.drawPath(path)
        self.canvas.setDash([])

    def _symbols(self) -> NDArray[np.intp]:
        """Places in the symbol arrays: switches and sources in the box, or the unusual ones where there are too many."""
        every = map_sheet.seen_symbols(self.geometry, self.box)
        kinds = self.geometry.symbol_kind[every]
        seen: NDArray[np.intp] = every[(kinds < 10) | (kinds == SOURCE)]
        if len(seen) <= MOST_SYMBOLS:
            return seen
        unusual = (self.states[self.geometry.symbol_branch[seen]] & (ABNORMAL | TAGGED)) != 0
        kept: NDArray[np.intp] = seen[unusual | (self.geometry.symbol_kind[seen] == SOURCE)]
        return kept

    def _switches(self, names: dict[int, str], stations: dict[int, str]) -> None:
        taken: set[tuple[int, int]] = set()
        left, bottom, *_far = self.box
        self.canvas.setLineWidth(0.8)
        places = self._symbols()
        first = np.argsort(
            self.geometry.symbol_kind[places] != SOURCE, kind="stable"
        )  # a station's name gives way to none
        for place in places[first].tolist():
            branch = int(self.geometry.symbol_branch[place])
            x, y = ((self.geometry.symbol_at[place] - [left, bottom]) * self.k).tolist()
            byte = int(self.states[branch])
            is_source = self.geometry.symbol_kind[place] == SOURCE
            self._symbol(x, y, byte, is_source=is_source)
            words = (stations if is_source else names).get(branch, "") + (" TAG" if byte & TAGGED else "")
            cells = {(round(x / 12) + step, round(y / 9)) for step in range(len(words) // 3 + 1)}
            if words.strip() and not cells & taken:
                taken |= cells
                self.canvas.setFont("Helvetica", 6)
                self.canvas.drawString(x + 5, y + 3, words)

    def _symbol(self, x: float, y: float, byte: int, *, is_source: bool) -> None:
        canvas = self.canvas
        canvas.setFillGray(1 if byte & OPEN else 0)
        if is_source:
            canvas.circle(x, y, 4, fill=0)
            return
        canvas.rect(x - 2, y - 2, 4, 4, fill=1)
        canvas.setFillGray(0)
        if byte & ABNORMAL:
            canvas.rect(x - 4.5, y - 4.5, 9, 9, fill=0)

    def _legend(self) -> None:
        canvas, x, y = self.canvas, EDGE, EDGE + 4
        canvas.setFont("Helvetica", 7)
        words = {
            "energised": _("energised"),
            "some phase dead": _("some phase dead"),
            "earthed": _("earthed"),
            "de-energised": _("de-energised"),
            "predicted without supply": _("predicted without supply"),
        }
        for name, width, dashes in [(name, width, dashes) for _state, name, width, dashes in LINES] + [PREDICTED]:
            canvas.setLineWidth(width)
            canvas.setDash(list(dashes))
            canvas.line(x, y + 2, x + 22, y + 2)
            canvas.setDash([])
            canvas.drawString(x + 26, y, words[name])
            x += 36 + canvas.stringWidth(words[name], "Helvetica", 7)
        text = _("filled is closed, hollow is open, a ring is not normal")
        canvas.drawString(x + 4, y, text)

    def _scale(self) -> None:
        """A bar of a round length, and the scale as a number, at the right of the title."""
        metres_per_point = self.geometry.step_m / self.k
        length = map_sheet.bar_length(metres_per_point * 60 * mm)
        width = length / metres_per_point
        x, y = EDGE + self.width - width, self.page_height - EDGE - 20
        self.canvas.setLineWidth(1.2)
        self.canvas.line(x, y, x + width, y)
        for end in (x, x + width):
            self.canvas.line(end, y - 2, end, y + 2)
        label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
        ratio = (
            metres_per_point * mm * 1000
        )  # metres of the field over metres of the paper: a point is 1 / mm millimetres
        self.canvas.setFont("Helvetica", 8)
        self.canvas.drawRightString(
            EDGE + self.width, y + 6, f"{label} · 1 : {ratio:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
        )
