"""Lists come in pages."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from adms.core.api.fields import Input, Output

USUAL, MOST = 50, 200
LATEST_PAGE = 1_000_000

Rows = QuerySet[Any] | list[Any]


class PageQuery(Input):
    """Which page of a list. Queries of lists build on it."""

    page = serializers.IntegerField(min_value=1, max_value=LATEST_PAGE, default=1)
    page_size = serializers.IntegerField(
        min_value=1, max_value=2**31, default=USUAL, help_text=f"At most {MOST}; more gives {MOST}."
    )


def answer(
    request: Request,
    rows: Rows,
    query: dict[str, Any],
    tells: type[Output],
    describe: Callable[[list[Any]], list[Any]] | None = None,
) -> Response:
    """One page of the rows; `describe` looks up, for all rows of the page at once, what `tells` tells of them."""
    size = min(query["page_size"], MOST)
    start = (query["page"] - 1) * size
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    cut = list(rows[start : start + size])
    return Response(
        {
            "count": count,
            "page": query["page"],
            "page_size": size,
            "next": _address(request, query["page"] + 1) if start + size < count else None,
            "previous": _address(request, query["page"] - 1) if query["page"] > 1 else None,
            "results": tells(describe(cut) if describe else cut, many=True).data,
        }
    )


def _address(request: Request, page: int) -> str:
    here = request.build_absolute_uri()
    return remove_query_param(here, "page") if page == 1 else replace_query_param(here, "page", page)
