"""Numbers, times and charts as pages write them."""

import datetime as dt
import doctest

import pytest
from django.template import Context, Template
from django.test import override_settings

from adms.core import clock
from adms.core.templatetags import charts, tieline

AT = dt.datetime(2026, 7, 1, 20, 13, 58, tzinfo=dt.UTC)


@pytest.mark.parametrize("module", [tieline, charts])
def test_examples_in_docstrings_are_true(module):
    assert doctest.testmod(module).failed == 0


@override_settings(TIME_ZONE="Europe/Berlin")
def test_times_are_told_in_the_zone_of_the_utility():
    assert ">22:13:58</time>" in tieline.clock(AT)
    assert 'datetime="2026-07-01T20:13:58+00:00"' in tieline.clock(AT)


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_day_is_told_without_its_year_where_that_is_the_nearest_one(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 29, tzinfo=dt.UTC))
    assert ">01 Jul 22:13</time>" in tieline.moment(AT)
    assert ">01 May 2031 10:00</time>" in tieline.moment(dt.datetime(2031, 5, 1, 8, tzinfo=dt.UTC))
    assert ">30 Nov 2025 01:00</time>" in tieline.moment(dt.datetime(2025, 11, 30, tzinfo=dt.UTC))
    assert tieline.moment(None) == "—"
    assert ">01 Jul 22:13:58</time>" in tieline.second(AT)
    assert ">01 May 2031 10:00:00</time>" in tieline.second(dt.datetime(2031, 5, 1, 8, tzinfo=dt.UTC))


def test_what_is_missing_is_a_dash_never_an_error():
    assert {
        f(None)
        for f in (tieline.number, tieline.duration, tieline.clock, tieline.percent, tieline.minutes, tieline.figure)
    } == {"—"}
    assert tieline.number(float("nan")) == "—"
    assert tieline.since(None, AT) == "—"


def test_waiting_is_marked_beyond_its_limit():
    waited = tieline.since(AT, AT + dt.timedelta(seconds=127), limit=60, tone="p1", over="over 1 min")
    assert "02:07 ▲ over 1 min" in waited
    assert 'class="tone-p1"' in waited
    assert "class=" not in tieline.since(AT, AT + dt.timedelta(seconds=59), limit=60, tone="p1", over="over 1 min")


def test_words_of_people_cannot_become_markup():
    page = Template("{% load charts %}{% share_chart rows 'Causes' %}").render(
        Context({"rows": [{"label": "<script>", "value": 1}]})
    )
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_bars_stand_on_the_ground_line_and_never_leave_the_chart():
    chart = charts.bar_chart(
        [{"label": "Oct", "value": 9.4, "extra": 4.0, "is_now": True}, {"label": "Nov", "value": 0}],
        "SAIDI",
        target=7.5,
    )
    ground = charts.HEIGHT - charts.BOTTOM
    for bar in chart["bars"]:
        assert bar["y"] + bar["height"] == pytest.approx(ground)
        assert bar["extra_y"] >= charts.TOP - 0.1
    assert chart["bars"][0]["words"] == "Oct: 9.4, 4.0 more with major event days"
    assert chart["lines"][0]["label"] == "0"


def test_a_chart_of_nothing_is_drawn():
    assert charts.bar_chart([], "SAIDI")["bars"] == []
    assert charts.bar_chart([{"label": "Oct", "value": 0}], "SAIDI")["bars"][0]["height"] == 0
