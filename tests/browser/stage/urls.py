# ruff: noqa: ARG005, PLW0108
"""Addresses of the stage: the same names as the product's."""

import re
from pathlib import Path

from django.urls import URLPattern, include, path

from tests.browser.stage import alarmed, pinged, replayed
from tests.browser.stage import pages as p
from tests.browser.stage import samples as s

network = [
    path("control/bar/", p.nothing, name="control_bar"),
    path("network/<model>/device/", p.device_panel, name="device_panel"),
    path(
        "network/<model>/journal/",
        p.show("network/_journal.html", lambda **_: {"journal": s.journal()}),
        name="journal",
    ),
    path("network/<model>/operate/", p.operate, name="operate_select"),
    path("network/<model>/operate/execute/", p.execute),
    path("network/<model>/operate/status/", p.status),
    path("network/<model>/operate/release/", p.release),
    path("network/<model>/lit/<int:branch>/<kind>/", p.lit, name="lit"),
    path("network/<model>/then/state.bin", p.then_states, name="then_states"),
    path("network/<model>/then/ticks.json", p.then_ticks, name="then_ticks"),
    path("network/<model>/then/device/", p.then_device, name="then_device"),
    path("network/<model>/one-line/<mrid>/live.json", p.one_line_live, name="one_line_live"),
    path("network/<model>/one-line/<mrid>/", p.one_line, name="one_line"),
    path("network/<model>/unusual/", p.unusual, name="unusual"),
    path("network/<model>/temporary/", p.marks, name="temporary_marks"),
    path(
        "network/<model>/tag/",
        p.show(
            "network/_tag.html",
            lambda **_: {
                "device": s.device(s.world.spots["breaker"]),
                "kinds": [
                    ("inhibit", "Inhibit", "blocks every operation"),
                    ("caution", "Caution", "warns"),
                    ("info", "Info", "a note"),
                ],
                "url": "/x/",
            },
        ),
    ),
    path("streets/<key>/<int:zoom>/<int:x>/<int:y>.mvt", p.street_tile),
    path("grid/<model>/<int:version>/geometry.bin", p.geometry),
    path("grid/<model>/<int:version>/names.json", p.names),
    path("grid/<model>/<int:version>/state.bin", p.state),
]
outages = [
    path("", p.control_room, name="control_room"),
    path("kpis/", p.show("components/_kpis.html", lambda **_: {"kpi": s.kpi()}), name="kpis"),
    path("find/", p.find, name="find"),
    path("side/", p.show("outages/_side_list.html", lambda **_: s.side_list()), name="side_list"),
    path("intake/", p.show("outages/_intake.html", lambda **_: {"intake": s.intake()}), name="intake"),
    path(
        "outages/", p.either("outages/list.html", "outages/_rows.html", lambda **_: s.outage_rows()), name="outage_list"
    ),
    path(
        "outages/<int:number>/", p.either("outages/page.html", "outages/_page.html", s.outage_page), name="outage_page"
    ),
    path(
        "outages/field/<model>/",
        p.show("outages/_field_marks.html", lambda model: {"marks": s.field_marks()}),
        name="field_marks",
    ),
    path(
        "outages/<int:number>/pings/",
        p.show("pings/_panel.html", lambda number: pinged.panel()),
        name="outage_pings",
    ),
    path(
        "outages/<int:number>/evidence/",
        p.show("outages/evidence.html", lambda number: pinged.evidence(number)),
        name="outage_evidence",
    ),
    path("outages/<int:number>/verdict/", p.show("outages/_verdict.html", s.second_verdict), name="outage_verdict"),
    path("flisr/waiting/", p.show("flisr/_waiting.html", lambda **_: {"events": []}), name="flisr_waiting"),
    path(
        "outages/<int:number>/flisr/",
        p.show("flisr/_card.html", lambda number: {"event": None, "plan": None}),
        name="flisr_of_outage",
    ),
    path("pings/", p.either("pings/list.html", "pings/_rows.html", lambda **_: pinged.rows()), name="ping_list"),
    path("pings/1/", p.show("pings/page.html", lambda **_: pinged.page())),
    path(
        "calls/customers/<int:number>/pings/",
        p.show("pings/_panel.html", lambda number: pinged.customer_panel()),
        name="customer_pings",
    ),
    path(
        "pings/ask/",
        p.show(
            "pings/_ask.html", lambda **_: {"about": "outage 2291", "samples": [("all", "every meter")], "url": "/x/"}
        ),
    ),
    path(
        "outages/<int:number>/assign/",
        p.show("outages/_assign.html", lambda number: s.crews(number) | {"outage": s.outage(id=number)}),
    ),
    path("outages/<int:number>/confirm/", p.confirm),
    path("outages/<int:number>/etr/alone/", p.etr_alone),
    path(
        "outages/<int:number>/etr/",
        p.show("outages/_etr.html", p.etr),
    ),
    path(
        "outages/<int:number>/complete/",
        p.show(
            "outages/_complete.html",
            lambda number: {"outage": s.outage(id=number), "causes": [("tree", "Tree")], "remedies": [], "url": "/x/"},
        ),
    ),
    path(
        "dispatch/",
        p.show(
            "dispatch/board.html",
            lambda **_: (
                {
                    "outages": s.outages(),
                    "selected": 2291,
                    "now": s.now(),
                    "lanes": p.part("dispatch/_lanes.html", s.lanes()),
                }
                | s.crews()
            ),
        ),
        name="dispatch",
    ),
    path(
        "dispatch/outages/",
        p.show("dispatch/_outages.html", lambda **_: {"outages": s.outages(), "now": s.now()}),
        name="dispatch_outages",
    ),
    path("dispatch/crews/", p.show("dispatch/_crews.html", lambda **_: s.crews()), name="dispatch_first"),
    path(
        "dispatch/<int:number>/crews/",
        p.show("dispatch/_crews.html", lambda number: s.crews(number)),
        name="dispatch_crews",
    ),
    path("dispatch/<int:number>/assign/", p.confirm),
    path("dispatch/lanes/", p.show("dispatch/_lanes.html", lambda **_: s.lanes()), name="dispatch_lanes"),
    path("dispatch/move/", p.show("dispatch/_lanes.html", lambda **_: s.lanes())),
    path("dispatch/command/", p.command, name="dispatch_command"),
    path("calls/", p.either("calls/list.html", "calls/_rows.html", lambda **_: s.calls()), name="call_list"),
    path("calls/new/", p.show("calls/form.html", lambda **_: s.call_form()), name="call_new"),
    path("calls/customers/", p.customers, name="customer_search"),
    path(
        "calls/customers/<int:number>/",
        p.show("calls/_customer.html", lambda number: {"customer": s.customer(number)}),
        name="customer_card",
    ),
    path("reliability/", p.show("reliability/page.html", lambda **_: s.reliability()), name="reliability"),
    path(
        "reliability/feeder/<name>/",
        p.show(
            "reliability/_feeder.html", lambda name: {"feeder": s.feeder(name), "period": s.reliability()["period"]}
        ),
    ),
    path(
        "reliability/rows/",
        p.show(
            "reliability/_rows.html",
            lambda **_: {
                "index": p.Some(
                    name="SAIDI", value=9.4, unit="min", places=1, formula="Σ customer-minutes ÷ customers served"
                ),
                "sums": [
                    p.Some(label="customer-minutes", value=2993148, places=0),
                    p.Some(label="customers served", value=318420, places=0),
                ],
                "period": s.reliability()["period"],
                "ledger": s.ledger(20),
                "ledger_more": 1194,
                "csv_url": "/x.csv",
            },
        ),
    ),
    path(
        "reliability/rows/<int:row>/",
        p.show(
            "reliability/_correct.html",
            lambda row: {
                "row": s.ledger(1)[0],
                "url": "/x/",
                "began": "2026-11-20T22:13:58",
                "ended": "2026-11-20T23:01:10",
            },
        ),
    ),
    path(
        "reliability/method/",
        p.show("reliability/_method.html", lambda **_: {"border_min": 5}),
        name="reliability_method",
    ),
    path("rules/replays/", p.show("replays/list.html", lambda **_: replayed.listed()), name="replay_list"),
    path("rules/replays/1/", p.show("replays/page.html", lambda **_: replayed.found("done"))),
    path("rules/replays/2/", p.show("replays/page.html", lambda **_: replayed.found("running"))),
    path("crew/", p.show("crews/phone.html", lambda **_: s.jobs()), name="crew_page"),
    path("crew/jobs/", p.show("crews/_jobs.html", lambda **_: s.jobs()), name="crew_jobs"),
]
integration = [
    path(
        "messages/",
        p.either("messages/inspector.html", "messages/_rows.html", lambda **_: s.messages()),
        name="message_list",
    ),
    path("messages/1/", p.show("messages/message.html", lambda **_: s.message())),
    path(
        "messages/partners/new/", p.show("messages/partner_new.html", lambda **_: s.new_partner()), name="partner_new"
    ),
    path("messages/partners/1/", p.show("messages/partner.html", lambda **_: s.partner())),
    path(
        "messages/partners/1/change/",
        p.show("messages/partner_change.html", lambda **_: s.partner_terms()),
        name="partner_change",
    ),
]


def others(app: str, staged: list[URLPattern]) -> list[URLPattern]:
    """The addresses of an app that are not staged: pages link to them, nobody follows."""
    text = (Path(__file__).resolve().parents[3] / app / "urls.py").read_text(encoding="utf-8")
    names = {one.name for one in staged}
    found = re.findall(r'path\(\s*"([^"]*)",[^"]*?name="([^"]+)"', text)
    return [path(route, p.done, name=name) for route, name in found if name not in names]


metering: list[URLPattern] = []
network, outages, integration, metering = (
    [*staged, *others(app, staged)]
    for app, staged in (
        ("network", network),
        ("outages", outages),
        ("integration", integration),
        ("metering", metering),
    )
)
urlpatterns = [
    path("", include((network, "network"))),
    path("", include((outages, "outages"))),
    path("", include((integration, "integration"))),
    path("", include((metering, "metering"))),
    path(
        "login/",
        p.show(
            "login.html",
            lambda **_: {
                "form": p.Some(errors={}, username=p.Some(value="")),
                "is_demo": True,
                "demo_logins": [
                    p.Some(name="operator", role="Operator, all areas"),
                    p.Some(name="dispatcher", role="Dispatcher"),
                ],
            },
        ),
        name="login",
    ),
    path("logout/", p.done, name="logout"),
    path("alarms/", alarmed.page, name="alarms"),
    path("alarms/beside/", alarmed.beside, name="alarms_beside"),
    path("alarms/bar/", alarmed.bar, name="alarms_bar"),
    path("alarms/acknowledge/", alarmed.acknowledge, name="alarms_acknowledge"),
    path("alarms/reset/", alarmed.reset),
    path("alarms/<int:number>/shelve/", alarmed.shelve),
    path("alarms/<slug:tab>/", alarmed.page, name="alarms"),
    path("theme/", p.done, name="theme"),
    path("password/", p.done, name="own_password"),
    path("accounts/", p.done, name="account_list"),
    path("audit/", p.done, name="audit_trail"),
    path("error/<int:code>/", p.error),
    path("x/", p.done),
    path("api/docs/", p.done, name="api-docs"),
    path("fails/", p.fails),
    path("confirm/", p.confirm),
    path("stage/<what>/", p.stage),
]
