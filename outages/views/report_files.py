"""A report as a file: CSV, a spreadsheet, printed pages. They say what the document says and nothing else."""

from __future__ import annotations

import csv
import io
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from adms.core import spreadsheets
from outages.models import FrozenReport

#: Rows of a table that are printed; the files for machines hold all of them.
PRINTED = 400


def as_csv(report: FrozenReport) -> bytes:
    """Head, then the tables one below the other."""
    text = io.StringIO()
    writer = csv.writer(text)
    for line in head(report):
        writer.writerow([_safe(cell) for cell in line])
    for table in report.document["tables"]:
        writer.writerow([])
        writer.writerow([table["title"]])
        writer.writerow(table["columns"])
        writer.writerows([_safe("" if cell is None else cell) for cell in row] for row in table["rows"])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(report: FrozenReport) -> bytes:
    """A sheet for the head and one a table; numbers are numbers."""
    from openpyxl import Workbook  # noqa: PLC0415 - takes half a second to load, in every process that answers requests
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook()
    book.properties.creator, book.properties.title = report.made_by, report.name
    book.properties.created = book.properties.modified = report.made_at.replace(tzinfo=None)
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("Report")
    for line in head(report):
        sheet.append([_safe(cell) for cell in line])
    sheet.column_dimensions["A"].width = 34
    for table in report.document["tables"]:
        sheet = book.create_sheet(table["key"].capitalize())
        sheet.append([table["title"]])
        sheet.append([table["note"]])
        sheet.append(table["columns"])
        for row in table["rows"]:
            sheet.append([_safe(cell) for cell in row])
        sheet["A1"].font = Font(bold=True, size=13)
        for cell in sheet[3]:
            cell.font = Font(bold=True)
            sheet.column_dimensions[cell.column_letter].width = max(12, len(str(cell.value)) + 2)
        sheet.freeze_panes = "A4"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_pdf(report: FrozenReport) -> bytes:
    """Printed pages, the same bytes every time."""
    stream = io.BytesIO()
    pages = SimpleDocTemplate(
        stream, pagesize=landscape(A4), leftMargin=14 * mm, rightMargin=14 * mm, topMargin=14 * mm, bottomMargin=14 * mm,
        title=report.name, author=report.made_by, invariant=1,
    )  # fmt: skip
    styles = getSampleStyleSheet()
    story: list[Flowable] = [Paragraph(_escaped(report.name), styles["Title"])]
    if report.preliminary:
        story.append(Paragraph("Preliminary: these figures are not the last word.", styles["Heading3"]))
    story.append(_grid([[str(cell) for cell in line] for line in head(report)], is_head=False))
    for table in report.document["tables"]:
        story += [Spacer(1, 6 * mm), Paragraph(_escaped(table["title"]), styles["Heading2"])]
        if table["note"]:
            story.append(Paragraph(_escaped(table["note"]), styles["Normal"]))
        rows = [[_printed(cell) for cell in row] for row in table["rows"][:PRINTED]]
        small = styles["Normal"].clone("small", fontSize=7, leading=8)
        story.append(
            _grid([[Paragraph(f"<b>{_escaped(one)}</b>", small) for one in table["columns"]], *rows], is_head=True)
        )
        if len(table["rows"]) > PRINTED:
            left = len(table["rows"]) - PRINTED
            story.append(Paragraph(f"{left} more rows are in the spreadsheet and the CSV file.", styles["Normal"]))
        if not rows:
            story.append(Paragraph("none", styles["Normal"]))
    pages.build(story)
    return stream.getvalue()


def head(report: FrozenReport) -> list[list[Any]]:
    """What a report is, line by line: name, value."""
    document, rules = report.document, report.document["rules"]  # documents of before may lack what is read by get
    lines: list[list[Any]] = [
        ["Report", report.name],
        ["Period", f"{document['from']} to {document['to']}"],
        ["Area", document["area"] or "all"],
        ["Frozen", f"{report.made_at:%Y-%m-%d %H:%M:%S} UTC by {report.made_by}"],
        ["Customers served", document["customers_served"]],
        ["Days whose customers were kept", document["days_of_customers_kept"]],
        ["Momentary up to, minutes", rules["momentary_minutes"]],
        ["Major event day beyond, SAIDI min", _printed(document["t_med_min"])],
        ["Multiplier of beta", rules["med_beta"]],
        ["Standard deviation", rules["med_deviation"]],
        ["Catastrophic beyond, SAIDI min", _printed(document["t_catastrophic_min"])],
        ["SHA-256 of the figures", report.sha256],
    ]
    if report.restates:
        lines.insert(4, ["Restates", f"{report.restates.name}: {report.reason}"])
    if begins := begins_within(document):
        lines.insert(2, ["Known from", f"{begins}, where the ledger begins"])
    if report.preliminary:
        lines.insert(1, ["Preliminary", report.preliminary])
    return lines


def begins_within(document: dict[str, Any]) -> str:
    """The day the ledger begins on, where it begins after the first day of the report; else nothing."""
    since = document.get("ledger_begins") or ""
    return since if since > document["from"] else ""


def _grid(rows: list[list[Any]], *, is_head: bool) -> Table:
    found = Table(rows, repeatRows=1 if is_head else 0, hAlign="LEFT")
    style: list[Any] = [
        ("FONTSIZE", (0, 0), (-1, -1), 7),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    if is_head:
        style.append(("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke))
    found.setStyle(TableStyle(style))
    return found


def _printed(value: Any) -> str:
    """A number as people read it; the files for machines keep every digit."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:,.6f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)[:60]


def _safe(value: Any) -> Any:
    """Text that a spreadsheet does not take for a formula; anything else as it is."""
    return spreadsheets.harmless(value) if isinstance(value, str) else value


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


#: Media type and writer of each kind of file.
FILES = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "pdf": ("application/pdf", as_pdf),
}
