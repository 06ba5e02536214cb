"""Printed pages: one look for everything on paper, in a font that has the letters of the utility's names.

    printed.build(title, [printed.heading("Steps"), printed.table(head, rows)], is_wide=True)

Each page has its title and number below. The font is `PRINT_FONT` (a TrueType file, its bold cut beside it); without one it is the
built-in Helvetica, which knows Western European letters only.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Table, TableStyle

MARGIN = 14 * mm
_LEAST, _PADDING = 8 * mm, 13.0
#: A heading, a note of three lines, the head of a table and two rows.
_BELOW = 42 * mm


@functools.cache
def fonts() -> tuple[str, str]:
    """The plain and the bold font by name."""
    path = Path(settings.PRINT_FONT)
    bold = path.with_name(f"{path.stem}-Bold{path.suffix}")
    if not path.is_file():
        return "Helvetica", "Helvetica-Bold"
    pdfmetrics.registerFont(TTFont("print", str(path)))
    pdfmetrics.registerFont(TTFont("print-bold", str(bold if bold.is_file() else path)))
    pdfmetrics.registerFontFamily("print", "print", "print-bold", "print", "print-bold")
    return "print", "print-bold"


@functools.cache
def _style(kind: str) -> ParagraphStyle:
    plain, bold = fonts()
    return {
        "title": ParagraphStyle("title", fontName=bold, fontSize=15, leading=19, spaceAfter=2 * mm),
        "heading": ParagraphStyle(
            "heading", fontName=bold, fontSize=11, leading=14, spaceBefore=6 * mm, spaceAfter=1 * mm
        ),
        "text": ParagraphStyle("text", fontName=plain, fontSize=9, leading=12),
        "note": ParagraphStyle("note", fontName=plain, fontSize=8, leading=11, spaceAfter=1.5 * mm),
        "cell": ParagraphStyle("cell", fontName=plain, fontSize=7.5, leading=9.5),
        "cell-number": ParagraphStyle("cell-number", fontName=plain, fontSize=7.5, leading=9.5, alignment=TA_RIGHT),
        "head": ParagraphStyle("head", fontName=bold, fontSize=7.5, leading=9.5),
        "head-number": ParagraphStyle("head-number", fontName=bold, fontSize=7.5, leading=9.5, alignment=TA_RIGHT),
    }[kind]


def title(words: str) -> Paragraph:
    """The first line."""
    return Paragraph(escape(words), _style("title"))


def heading(words: str) -> Paragraph:
    """Of a part; never the last line of a page."""
    return Paragraph(escape(words), _style("heading"))


def text(words: str) -> Paragraph:
    """A paragraph."""
    return Paragraph(escape(words), _style("text"))


def note(words: str) -> Paragraph:
    """Small, above a table, on the page of its first rows."""
    return Paragraph(escape(words), _style("note"))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    widths: Sequence[float] | None = None,
    is_wide: bool = False,
    empty: str = "",
) -> Table:
    """A table; its head stands on every page, words break within their cell.

    Args:
        head: names of the columns; none for a table of names and values.
        rows: the cells.
        numbers: columns of numbers, which stand to the right.
        widths: of the columns in mm; else they share the page by what stands in them.
        is_wide: the page is.
        empty: what is said where there is no row.
    """
    shown = set(numbers) if rows else set[int]()
    told: list[list[Any]] = [_cells(head, shown, "head")] if head else []
    told += [_cells(row, shown, "cell") for row in rows]
    style: list[Any] = [
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.lightgrey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    if head:
        style += [("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke), ("LINEBELOW", (0, 0), (-1, 0), 0.75, colors.grey)]
    if not rows and head:
        told.append([Paragraph(escape(empty or _("none")), _style("cell")), *[""] * (len(head) - 1)])
        style.append(("SPAN", (0, 1), (-1, 1)))
    wide = (
        [one * mm for one in widths]
        if widths
        else _shared(head, rows, (297 * mm if is_wide else 210 * mm) - 2 * MARGIN)
    )
    found = Table(told, repeatRows=1 if head else 0, hAlign="LEFT", colWidths=wide)
    found.setStyle(TableStyle(style))
    return found


def _cells(row: Sequence[str], numbers: set[int], kind: str) -> list[Paragraph]:
    styles = [_style(f"{kind}-number" if at in numbers else kind) for at in range(len(row))]
    return [Paragraph(escape(one), style) for one, style in zip(row, styles, strict=True)]


def _shared(head: Sequence[str], rows: Sequence[Sequence[str]], whole: float) -> list[float]:
    """Widths of columns by what stands in them: the longest cell, and of the head the longest word."""
    plain, bold = fonts()
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in head]
    needs = [max([_LEAST, *(stringWidth(one, plain, 7.5) for one in column)]) for column in columns]
    if head:
        words = [max(stringWidth(word, bold, 7.5) for word in one.split() or [""]) for one in head]
        needs = [max(pair) for pair in zip(needs, words, strict=True)]
    needs = [min(one + _PADDING, whole / 2) for one in needs]
    return [one * whole / sum(needs) for one in needs]


def signatures(who: Sequence[str]) -> Flowable:
    """Lines to sign on, side by side."""
    names = [Paragraph(escape(one), _style("text")) for one in who]
    cells = [cell for name in names for cell in (name, "")][:-1]
    found = Table(
        [[""] * len(cells), cells],
        hAlign="LEFT",
        colWidths=([75 * mm, 10 * mm] * len(who))[:-1],
        rowHeights=[16 * mm, 7 * mm],
    )
    found.setStyle(TableStyle([("LINEABOVE", (at, 1), (at, 1), 0.5, colors.black) for at in range(0, len(cells), 2)]))
    return KeepTogether([found])


def build(name: str, parts: Sequence[Flowable], *, is_wide: bool = False, author: str = "", foot: str = "") -> bytes:
    """The file: the same bytes for the same parts."""
    buffer = io.BytesIO()
    pages = SimpleDocTemplate(
        buffer, pagesize=landscape(A4) if is_wide else A4, title=name, author=author, invariant=1,
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN + 4 * mm,
    )  # fmt: skip
    pages.build(_with_breaks(parts), canvasmaker=_numbered(foot or name))
    return buffer.getvalue()


def _with_breaks(parts: Sequence[Flowable]) -> list[Flowable]:
    """A heading goes to the next page where no row fits below it. Kept together with its table, a long one would leave a page empty."""
    found: list[Flowable] = []
    for one in parts:
        if isinstance(one, Paragraph) and one.style.name == "heading":
            found.append(CondPageBreak(_BELOW))
        found.append(one)
    return found


def _numbered(foot: str) -> Callable[..., Canvas]:
    """Pages that know how many there are: kept until the last one is drawn."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._kept = list[dict[str, Any]]()

        def showPage(self) -> None:  # noqa: N802 - of the library
            self._kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, page in enumerate(self._kept, 1):
                self.__dict__.update(page)
                self.setFont(fonts()[0], 7)
                self.setFillColor(colors.grey)
                self.drawString(MARGIN, 9 * mm, foot[:150])
                of = _("Page %(number)s of %(all)s") % {"number": number, "all": len(self._kept)}
                self.drawRightString(page["_pagesize"][0] - MARGIN, 9 * mm, of)
                super().showPage()
            super().save()

    return Numbered
