"""A report as a file: CSV, a spreadsheet, printed pages. They say what the document says and nothing else."""

from __future__ import annotations

import csv
import io
from typing import Any

from reportlab.platypus import Flowable

from adms.core import printed, spreadsheets
from outages.models import FrozenReport

#: Rows of a table that are printed; the files for machines hold all of them.
PRINTED = 400
_HEAD_MM = (60, 205)
_NEARLY_ONE = 0.99


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
    parts: list[Flowable] = [printed.title(report.name)]
    if report.preliminary:
        parts.append(printed.heading("Preliminary: these figures are not the last word."))
    parts.append(printed.table([], [[name, _printed(value)] for name, value in head(report)], widths=_HEAD_MM))
    for table in report.document["tables"]:
        parts.append(printed.heading(table["title"]))
        if table["note"]:
            parts.append(printed.note(table["note"]))
        rows = table["rows"][:PRINTED]
        words = {at for row in rows for at, cell in enumerate(row) if isinstance(cell, str)}
        numbers = [at for at in range(len(table["columns"])) if at not in words]
        cells = [[_printed(cell) for cell in row] for row in rows]
        parts.append(printed.table(table["columns"], cells, numbers=numbers, is_wide=True))
        if left := len(table["rows"]) - len(rows):
            parts.append(printed.text(f"{left:,} more rows are in the spreadsheet and the CSV file."))
    foot = f"{report.name} · SHA-256 {report.sha256[:16]}…"
    return printed.build(report.name, parts, is_wide=True, author=report.made_by, foot=foot)


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
        ["Major event day beyond, SAIDI min", _known(document["t_med_min"])],
        ["Multiplier of beta", rules["med_beta"]],
        ["Standard deviation", rules["med_deviation"]],
        ["Catastrophic beyond, SAIDI min", _known(document["t_catastrophic_min"])],
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


def _known(value: float | None) -> float | str:
    return "—" if value is None else value


def _printed(value: Any) -> str:
    """A figure as people read it; the files for machines keep every digit.

    >>> _printed(0.25024), _printed(9.47884), _printed(0.999804), _printed(10000), _printed(5.0), _printed(None)
    ('0.2502', '9.48', '0.999804', '10,000', '5', '—')
    """
    if value is None:
        return "—"
    if isinstance(value, float):
        places = 2 if abs(value) >= 1 else 6 if abs(value) >= _NEARLY_ONE else 4  # an ASAI of nearly one is not one
        return f"{value:,.{places}f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _safe(value: Any) -> Any:
    """Text that a spreadsheet does not take for a formula; anything else as it is."""
    return spreadsheets.harmless(value) if isinstance(value, str) else value


#: Media type and writer of each kind of file.
FILES = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "pdf": ("application/pdf", as_pdf),
}
