"""A row's part of a template is made when the row is other than before, and not when it is not."""

import datetime as dt

import pytest
from django.template import engines
from django.utils import translation

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LIST = "{% load kept i18n tieline %}{% translate 'Close' as close %}{% for row in rows %}{% kept row %}{{ row.name }} {{ made }} {{ close }};{% endkept %}{% endfor %}"


@pytest.fixture
def shown():
    template = engines["django"].from_string(LIST)
    return lambda rows, made, now=NOON: template.render({"rows": rows, "made": made, "now": now})


def test_only_what_changed_is_made_anew(shown):
    assert shown([{"name": "T1"}, {"name": "T2"}], 1) == "T1 1 Close;T2 1 Close;"
    assert shown([{"name": "T1"}, {"name": "T3"}], 2) == "T1 1 Close;T3 2 Close;"


def test_names_are_escaped_as_anywhere(shown):
    assert shown([{"name": "<b>"}], 1) == shown([{"name": "<b>"}], 2) == "&lt;b&gt; 1 Close;"


def test_after_a_minute_its_times_are_made_anew(shown):
    assert shown([{"name": "T1"}], 1) == "T1 1 Close;"
    assert shown([{"name": "T1"}], 2, NOON + dt.timedelta(seconds=61)) == "T1 2 Close;"


def test_each_language_has_its_own(shown):
    shown([{"name": "T1"}], 1)
    with translation.override("de"):
        assert shown([{"name": "T1"}], 2).startswith("T1 2 ")


def test_a_row_that_holds_a_list_is_made_every_time(shown):
    assert shown([{"name": "T1", "crews": []}], 1) == "T1 1 Close;"
    assert shown([{"name": "T1", "crews": []}], 2) == "T1 2 Close;"
