"""Samples of meters asked, and of what speaks for and against an outage."""

from django.core.paginator import Paginator

from tests.browser.stage import samples as s
from tests.browser.stage.samples import Some, ago


def _ping(number, **changes):
    base = {
        "id": f"p{number}", "url": "/pings/1/", "asked_at": ago(minutes=number), "ended_at": None, "is_over": False, "asked_by": "rule: new prediction", "is_automatic": True,
        "purpose_words": "Is the prediction right?", "rule": "one at each transformer, not those who reported", "reason": "predicted at CB 4203", "about": "Outage 2291",
        "about_url": "/outages/2291/", "area_name": "North", "head_ends": ["HES-NORTH"], "messages": 1, "is_queued": False, "meters": 12, "on": 4, "part": 1, "off": 3, "none": 2, "refused": 0, "unknown": 0,
        "waiting": 2, "skipped_words": "3 asked within 300 s", "median_s": 6.4, "slowest_s": 11.9, "errors": [], "answers": _answers(),
    }  # fmt: skip
    return Some(**(base | changes))


def _answers():
    told = [("on", "Has supply", "earth", "A 231 V", 4.2), ("part", "Supply on some phases", "p2", "A 2 V, B 230 V, C 229 V", 6.1),
            ("off", "Without supply", "p1", "A 0 V", 7.0), ("none", "No answer", "bad", "", None)]  # fmt: skip
    return [
        Some(meter=f"20114{number}", usage_point_name=f"SDP-{number}", place=f"TX 33{number:02}", answer_words=words, tone=tone, volts_words=volts,
             phases_words="dark on A" if key == "part" else "", note="", asked_at=ago(minutes=2), answered_at=ago(minutes=1), latency_s=took, is_late=False)
        for number, (key, words, tone, volts, took) in enumerate(told)
    ]  # fmt: skip


def rows():
    found = [
        _ping(1),
        _ping(
            3,
            asked_by="anna",
            is_automatic=False,
            purpose_words="Asked by hand",
            waiting=0,
            unknown=2,
            errors=["no head-end is registered"],
        ),
    ]
    filters = [Some(key=key, label=label, count=count, is_current=key == "all") for key, label, count in
               [("all", "All", 214), ("automatic", "By a rule", 198), ("by_hand", "By hand", 16), ("waiting", "Waiting", 1)]]  # fmt: skip
    return {"page": Paginator(found, 25).page(1), "filters": filters, "outage": "", "areas": [Some(key="n", name="North"), Some(key="s", name="South")], "area": "",
            "spans": [Some(key="1", label="last hour"), Some(key="", label="any time")], "hours": "", "csv_url": "/x.csv", "now": s.now()}  # fmt: skip


def page():
    return {"ping": _ping(1), "answers": _answers(), "now": s.now()}


def panel(**more):
    return {"pings": [_ping(1), _ping(3)], "title": "Meters asked", "url": "/x/", "ask_url": "/x/", "may_ask": True, "now": s.now(), "is_verify": True,
            "crew_url": "/x/", "all_url": "/pings/", "evidence_url": "/outages/2291/evidence/"} | more  # fmt: skip


def evidence(number=2291):
    def item(at, shape, tone, what, about, *, note="", conflict=False):
        return Some(at=ago(minutes=at), known_at=ago(minutes=at), is_late=False, lane="Calls", side="dark", shape=shape, tone=tone, what=what, about=about,
                    place="TX 3318", phases="ABC", weight=1.0, note=note, is_conflict=conflict, count=1, last_at=ago(minutes=at))  # fmt: skip

    dark, live = (
        item(5, "▼", "p1", "Trouble call", "Ida Weber"),
        item(2, "▲", "earth", "Meter answers", "Meter 201141", conflict=True),
    )
    turn = item(
        3,
        "◆",
        "",
        "Moved from CB 4203 to FU 8821",
        "prediction",
        note="not CB 4203: meters or telemetry below it are live",
    )
    lanes = [("Calls", "▼", "p1", 0), ("Meters asked", "▲", "earth", -9), ("Decided", "◆", "", 0)]
    rows_drawn = [
        ("Source", 0, False),
        ("CB 4203", 1, False),
        ("FU 8821", 2, True),
        ("TX 3318", 3, False),
        ("TX 3319", 3, False),
    ]
    return {
        "outage": s.outage(id=number), "reasons": ["FU 8821 is predicted open: 38 customers at 2 transformers, from 9 reports."], "url": f"/outages/{number}/evidence/",
        "sides": {"dark": [Some(what="Last gasp", count=8), Some(what="Trouble call", count=1)], "live": [Some(what="Meter answers", count=4)], "silent": [Some(what="No answer", count=2)]},
        "against": [Some(dark=dark, live=live, phases="ABC", words="the same customer")], "against_more": 0, "decided": [turn], "items": [dark, turn, live], "items_total": 3,
        "back_url": f"/outages/{number}/", "pings_url": "/pings/", "now": s.now(),
        "chart": Some(label="Who said what about outage 2291", width=1000, height=152, left=150, right=984, bottom=126, turns=[500], ticks=[Some(x=150, text="14:00:00"), Some(x=900, text="14:10:00")],
                      lanes=[Some(label=label, y=41 + 34 * n, marks=[Some(x=300 + 120 * n, shift=shift, shape=shape, tone=tone, count=3, words=f"14:02 {label}")]) for n, (label, shape, tone, shift) in enumerate(lanes)]),
        "tree": Some(width=520, height=170, rows=[
            Some(name=name, branch=None, x=16 + 22 * depth, y=20 + 30 * n, text_x=30 + 22 * depth, path=f"M{16 + 22 * (depth - 1)} {20 + 30 * (n - 1)}V{20 + 30 * n}H{16 + 22 * depth}" if n else "",
                 is_chosen=chosen, is_transformer=depth == 3, position="closed" if n == 1 else "", customers=38, dark=n == 3 and 8, live=n == 4 and 4, silent=0, trips=0, indicators=0, is_conflict=n == 3)
            for n, (name, depth, chosen) in enumerate(rows_drawn)]),
    }  # fmt: skip


def customer_panel():
    return panel(is_small=True, is_verify=False, all_url="", evidence_url="", crew_url="")
