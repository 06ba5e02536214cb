"""Lists as files that a spreadsheet opens: the rows of a page, all of them, with its filters, by `?as=csv` of its own address."""

import csv
import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

#: No file has more lines: beyond it a report is asked for, not a list.
MOST = 100_000
_CHUNK = 2000
#: How a formula, or what a spreadsheet takes for one, begins.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Where a column's value is: a dotted path of attributes or keys, or a function of the row.
Column = str | Callable[[Any], Any]


def cell(value: Any) -> str:
    """A value as a cell of CSV: a number, also below nought, as it is, a time in ISO 8601, text so that it is no formula.

    >>> cell(-1.5), cell("-1.5"), cell(None), cell("=1+1")
    ('-1.5', "'-1.5", '', "'=1+1")
    """
    if isinstance(value, int | float | Decimal):
        return str(value)
    return harmless(value.isoformat() if hasattr(value, "isoformat") else "" if value is None else str(value))


def harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def is_wanted(request: HttpRequest) -> bool:
    """Whether the address asks for the list as a file."""
    return request.GET.get("as") == "csv"


def answer(name: str, columns: Mapping[str, Column], rows: Iterable[Any], at: dt.datetime) -> HttpResponse:
    """The rows as CSV (UTF-8), times in ISO 8601 with their zone; `name` and the time make the name of the file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{at:%Y-%m-%d-%H%M}.csv"'
    writer = csv.writer(response)
    writer.writerow(columns)
    if isinstance(rows, QuerySet):
        rows = rows[:MOST].iterator(chunk_size=_CHUNK)
    writer.writerows([cell(value_of(row, column)) for column in columns.values()] for row in rows)
    return response


def value_of(row: Any, column: Column) -> Any:
    """One value of a row; None where something on the way to it is.

    >>> value_of({"outage": {"pk": 12}}, "outage.pk"), value_of({"outage": None}, "outage.pk"), value_of(3, operator.neg)
    (12, None, -3)
    """
    if not isinstance(column, str):
        return column(row)
    found = row
    for part in column.split("."):
        if found is None:
            return None
        found = found[part] if isinstance(found, Mapping) else operator.attrgetter(part)(found)
    return found
