"""Replays of predictions on the stage: one that is done, and one that goes on."""

import datetime as dt
from types import SimpleNamespace as Some

from django.core.paginator import Paginator

from outages.domain import rule_sets
from tests.browser.stage import samples

ENGINES = list(rule_sets.BY_NAME["engine"].choices)


def _line(state: str, percent: int) -> dict[str, object]:
    at = samples.now()
    result = {
        "reports": 812, "steps": 640, "outages": 31, "recorded_outages": 33, "same": 24, "customers": 4120, "recorded_customers": 4711,
        "confirmed": 18, "right": 16, "recorded_right": 15, "to_right_s": 312.0, "recorded_to_right_s": 421.0,
        "customer_minutes": 512_400.0, "recorded_customer_minutes": 541_003.5,
    }  # fmt: skip
    return {
        "url": "/rules/replays/1/", "model": "demo", "area": "North", "begin": at - dt.timedelta(hours=6), "end": at,
        "rules": "storm, version 3", "engine": "Likelihood", "asked_by": "ida", "asked_at": at, "started_at": at,
        "lasted": dt.timedelta(seconds=48), "state": state, "state_words": state.capitalize(), "tone": "quiet",
        "is_waiting": state == "running", "percent": percent, "result": result, "stage": "predict", "error": "", "attempts": 1,
        "cancel_url": "/x/", "csv_url": "/x.csv",
    }  # fmt: skip


def listed() -> dict[str, object]:
    """The page with the form."""
    values = rule_sets.BUILT_IN["storm"]
    fields = [
        {
            "field": one,
            "title": rule_sets.GROUPS[one.group][0],
            "about": "",
            "label": f"{one.title}: {one.label}" if one.title else one.label,
            "help": one.help,
            "choices": one.choices,
            "value": rule_sets.shown(values[one.name]),
            "error": "",
        }
        for one in rule_sets.FIELDS
    ]
    return {
        "replays": [_line("running", 37), _line("done", 100)],
        "models": ["demo"],
        "areas": [Some(key="north", name="North")],
        "sets": [{"value": "all/storm/3", "label": "storm, version 3", "is_chosen": True}],
        "engines": ENGINES,
        "fields": fields,
        "is_copy": True,
        "base": "storm, version 3",
        "chosen": {"model": "demo", "area": "", "begin": "2026-11-20T22:00:00", "end": "2026-11-21T04:00:00", "rules": "", "engine": ""},
        "is_storm": True,
        "complaints": {},
        "error": "",
        "may_ask": True,
        "now": samples.now(),
    }  # fmt: skip


def found(state: str) -> dict[str, object]:
    """One replay."""
    line, at = _line(state, 37 if state == "running" else 100), samples.now()
    side = {
        "kind": "outage",
        "device": "F1",
        "name": "Fuse F1",
        "customers": 41,
        "first_at": at,
        "truth": "F1",
        "phases": "ABC",
        "moves": 1,
    }
    rows = [
        {"number": 1, "outage": 2291, "then": side, "now": side, "then_s": dt.timedelta(seconds=66), "now_s": dt.timedelta(seconds=60),
         "has_truth": True, "minutes_more": 0, "differences": []},
        {"number": 2, "outage": 2292, "then": side, "now": None, "then_s": None, "now_s": None, "has_truth": False,
         "minutes_more": -4920, "differences": ["Only in the record"]},
        {"number": 3, "outage": None, "then": None, "now": side | {"kind": "single", "phases": "B"}, "then_s": None, "now_s": None,
         "has_truth": False, "minutes_more": 61, "differences": ["Only in the replay"]},
    ]  # fmt: skip
    return {
        "replay": line,
        "result": line["result"],
        "changes": [("Transformers with reports", 2, 3)],
        "may_cancel": True,
        "page": Paginator(rows, 100).get_page(1),
        "filters": [
            {"key": "all", "label": "All", "count": 3, "is_current": True},
            {"key": "device", "label": "Other device", "count": 0, "is_current": False},
        ],
        "now": at,
    }
