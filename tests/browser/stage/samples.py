# ruff: noqa: E731, C408
"""Invented contexts, in the shapes the templates document. Numbers are those of the mock-ups where there is one."""

import datetime as dt
from types import SimpleNamespace as Some

from django.core.paginator import Paginator

from tests.browser.stage import world

UTC = dt.UTC
MODEL = Some(key="demo", name="Oberrhein", version=1)


def now() -> dt.datetime:
    return dt.datetime.now(UTC)


def ago(**parts: float) -> dt.datetime:
    return now() - dt.timedelta(**parts)


def kpi():
    return Some(customers_out=1284, outages=3, predicted=1, unassigned=2)


def outage(**changes):
    s = world.spots
    base = dict(
        id=2291, priority=1, is_new=True, kind="Outage", state="New", confidence="Predicted", device_name=world.net.names[s["breaker"]],
        device_branch=s["breaker"], decided_revision=1, feeder="Northgate / 4203", area="North", customers_out=1012, customers_affected=1012, critical_out=2,
        critical_words="2 (hospital, water)", started_at=ago(minutes=2, seconds=7), ended_at=None, lasted=None, etr_at=None, is_etr_over=False,
        etr_source="", crew="", cause="", evidence=37, url="/outages/2291/", waiting_since=ago(minutes=2, seconds=7), limit_s=60,
        limit_words="over 1 min", limit_tone="p1", crews_url="/dispatch/2291/crews/", phases="ABC", remedy="", cancelled_reason="",
        predicted_at=ago(minutes=1, seconds=40), confirmed_at=None, restored_at=None, completed_at=None, is_open=True, is_provisional=True, parent=None,
    )  # fmt: skip
    number = changes.get("id", base["id"])
    return Some(**(base | {"url": f"/outages/{number}/", "crews_url": f"/dispatch/{number}/crews/"} | changes))


def outages():
    s = world.spots
    return [
        outage(),
        outage(id=2290, priority=2, is_new=False, confidence="Confirmed", state="Acknowledged", device_name=world.net.names[s["fuse"]], device_branch=s["fuse"],
               feeder="Quay / 5102", customers_out=38, customers_affected=38, critical_out=0, critical_words="", started_at=ago(minutes=6, seconds=40),
               waiting_since=ago(minutes=6, seconds=40), limit_s=300, limit_words="over 5 min", limit_tone="p2", evidence=9),
        outage(id=2286, priority=3, is_new=False, confidence="Confirmed", state="On site", device_name=world.net.names[s["partly"]], device_branch=s["partly"],
               feeder="Marsh / 4402", customers_out=234, customers_affected=410, critical_out=0, critical_words="", started_at=ago(hours=1, minutes=31), crew="C-07 on site",
               etr_at=ago(minutes=16), is_etr_over=True, etr_source="crew", waiting_since=None, evidence=61),
    ]  # fmt: skip


def field_marks():
    s = world.spots
    return [
        Some(kind="crew", branch=s["partly"], word="C-07", name="Trouble 7", about="Outage 2286", at=ago(minutes=3)),
        Some(kind="search", branch=s["partly"], word="? 1", name="M014", about="0.41-0.58 km", at=ago(minutes=2)),
        Some(kind="call", branch=s["fuse"], word="☎ 2", name="", about="2", at=ago(minutes=1)),
    ]


def side_list():
    return {"outages": outages(), "counts": {1: 1, 2: 1, 3: 1}, "latest": None, "now": now()}


def journal():
    s, names = world.spots, world.net.names
    rows = [
        (s["breaker"], "closed → open", True, 2.1, "scada", "North RTU", "lockout, A-B fault", ""),
        (s["tie"], "open → closed", True, 40, "operation", "A. Moreno", "SO-1186 step 4", ""),
        (s["tagged"], "closed → closed", False, 44, "crew", "C-07", "", ""),
        (s["bad"], "closed → closed", False, 61, "scada", "Hillside RTU", "", "stale"),
        (s["partly"], "closed → A open", True, 92, "crew", "C-07", "conductor down", ""),
    ]
    return [
        Some(number=8841 - i, area="North", equipment_name=names[b], branch=b, change=c, is_abnormal=a, occurred_at=ago(minutes=m), recorded_at=ago(minutes=m - 0.02),
             source=src, actor=who, reason=why, quality=q)
        for i, (b, c, a, m, src, who, why, q) in enumerate(rows)
    ]  # fmt: skip


def evidence(count=6):
    kinds = [
        ("gasp", "Last gasp", "Meter 20{:05d}"),
        ("call", "Trouble call", "Mrs Weber {}"),
        ("gasp", "Last gasp", "Meter 21{:05d}"),
        ("trip", "Device opened", "SCADA"),
    ]
    return [
        Some(kind=k, kind_word=w, about=a.format(117 + i * 31) if "{" in a else a, place=f"TX {3318 + i}", occurred_at=ago(minutes=2, seconds=7 - i), recorded_at=ago(minutes=2, seconds=3 - i),
             weight=1.0, is_live=False, settled="", outage=2291 if i % 3 else None, outage_url="/outages/2291/")
        for i in range(count)
        for k, w, a in [kinds[i % len(kinds)]]
    ]  # fmt: skip


def intake():
    return Some(calls=4, gasps=33, restores=2, waiting=3, latest=evidence(8))


def one_line(name: str, is_open: bool):
    return Some(
        label=f"{name} and its neighbours, {'open' if is_open else 'closed'}", width=380, height=190,
        wires=[Some(path="M30 30H350", is_dead=False), Some(path="M70 30V66M70 84V170", is_dead=False), Some(path="M170 30V66", is_dead=False),
               Some(path="M170 84V170H226", is_dead=is_open), Some(path="M310 30V66M310 84V170H254", is_dead=False)],
        symbols=[Some(x=70, y=75, shape="switch", is_open=False, is_chosen=False), Some(x=170, y=75, shape="switch", is_open=is_open, is_chosen=True),
                 Some(x=310, y=75, shape="switch", is_open=False, is_chosen=False), Some(x=240, y=170, shape="switch", is_open=True, is_chosen=False)],
        texts=[Some(x=30, y=20, text="Bus 1 · 20 kV", style="small", anchor="start"), Some(x=86, y=80, text="4201", style="", anchor="start"),
               Some(x=194, y=70, text=f"{name} {'OPEN' if is_open else 'CLOSED'}", style="strong", anchor="start"), Some(x=194, y=86, text="lockout 22:13:58", style="small", anchor="start"),
               Some(x=326, y=80, text="4205", style="", anchor="start"), Some(x=240, y=150, text="tie 4203-4205", style="small", anchor="middle")],
    )  # fmt: skip


def device(branch: int):
    state = int(world.net.state[branch])
    name = world.net.names[branch]
    kind = next((s[3] for s in world.net.symbols if s[0] == branch and s[3] != 20), 0)
    is_switch = 1 <= kind <= 6
    is_open = bool(state & 8)
    words = {1: "Breaker", 3: "Fuse", 4: "Load-break switch", 10: "Service transformer"}
    verb = "Close" if is_open else "Open"
    return Some(
        name=name, kind=words.get(kind, "Line"), mrid=f"_7f1c{branch:06d}-93a1-4d11-b6fe-9c1f6f6d7a10", area="North", substation="Northgate", feeder="4203", feeder_normal="4203",
        branch=branch, phases="ABC", is_switch=is_switch, is_telemetered=kind in (1, 4), is_abnormal=bool(state & 16), state="OPEN" if is_open else "CLOSED", normal="closed",
        supply={0: "energised", 1: "de-energised", 2: "a phase is dead", 3: "earthed"}[state & 7], is_dead=state & 7 == 1, is_stale=bool(state & 32), quality="Stale" if state & 32 else "Good",
        control="Remote, telecontrol on", quality_at=ago(seconds=1), pending="", tags=[Some(id=1, kind="INHIBIT", text="Crew C-07 works on the line", by="J. Okafor", at=ago(hours=1), url_remove="")] if state & 64 else [],
        downstream=Some(customers=1012, critical=2, kw=4310), latest=Some(text="Closed", by="R. Silva", at=ago(days=6)),
        outage=Some(id=2291, url="/outages/2291/", word="predicted, 1 012 customers out", is_predicted=True) if state & 7 else None,
        one_line=one_line(name, is_open) if is_switch else None,
        verbs=[Some(verb=verb, url=f"/network/demo/operate/?branch={branch}&to={'closed' if is_open else 'open'}", is_enabled=not state & 64, reason="Tag INHIBIT of J. Okafor: only they lift it")] if is_switch else [],
        traces=[{"label": "Downstream", "key": "d", "url": f"/network/demo/lit/{branch}/down/"}, {"label": "Upstream", "key": "u", "url": f"/network/demo/lit/{branch}/up/"}],
        path_url=f"/network/demo/lit/{branch}/path/", temporary=[], placeable=[{"label": "Cut", "url": "/x/"}, {"label": "Ground", "url": "/x/"}],
        tag_url="/network/demo/tag/" if not state & 64 else "",
        reasons={"tag": "It carries a tag already"}, facts=[("Rating", "630 A")],
        history=[Some(at=ago(minutes=2), change="closed → open", source="scada", actor="North RTU"), Some(at=ago(days=6), change="open → closed", source="operation", actor="R. Silva")],
    )  # fmt: skip


def operation(branch: int, to: str, level: int = 3):
    net = world.net
    lost = net.below(branch)[:4000]
    opens = to == "open"
    customers = 388 if level == 3 else 0
    return Some(
        id="7b0e", verb="Open" if opens else "Close", device_name=net.names[branch], device_kind="load break switch", feeder="feeder 4203", area="North",
        before="CLOSED" if opens else "OPEN", after="OPEN" if opens else "CLOSED", phases="A B C", way="remote control via RTU Northgate-2", level=level,
        ahead=Some(lost_customers=customers if opens else 0, lost_critical=0, gained_customers=0 if opens else 1012, already_out=1012, lost_kw=840 if opens else 0, gained_kw=0 if opens else 4310,
                   makes_loop=False, parallels_sources=False, lost_branches=lost.tolist() if opens else [], gained_branches=[] if opens else lost.tolist()),
        checks=[Some(ok=True, text="You hold area North and the role Operator"), Some(ok=True, text="No inhibiting tag, no open clearance on this switch"),
                Some(ok=True, text="Telemetry good, 1 s old, device in remote"), Some(ok=True, text="Nobody else has selected it")],
        is_blocked=False, lease_s=30, seconds_left=30, timeout_s=15, select_url=f"/network/demo/operate/?branch={branch}&to={to}&level={level}", fields={"branch": branch, "to": to, "seen_number": 8841},
        digits_prefix=net.names[branch][:-2], digits=net.names[branch][-2:], is_telemetered=True, execute_url=f"/network/demo/operate/execute/?branch={branch}&to={to}&level={level}",
        release_url="/network/demo/operate/release/", status_url=f"/network/demo/operate/status/?branch={branch}&to={to}", pending="OPENING…" if opens else "CLOSING…",
        state="executing", result="", executed_at=now(), deadline_at=now() + dt.timedelta(seconds=15),
    )  # fmt: skip


def reasons():
    e = evidence(4)
    check = lambda value, threshold, passed=True, of=None: Some(value=value, threshold=threshold, passed=passed, of=of)
    b = world.spots["breaker"]
    return [
        Some(key="verdict", count=37, text="CB 4203 is predicted open: 1012 customers at 41 transformers, from 37 reports.", check=None, evidence=e, more=33, device_name="CB 4203", device_branch=b, rule_set="normal"),
        Some(key="transformers", text="22 of 41 transformers below it have reports; the rule asks for 2.", check=check(22, 2, of=41), evidence=e, more=33, device_name="CB 4203", device_branch=b, rule_set="normal"),
        Some(key="fraction", text="That is 53.7 % of them; the rule asks for 30 %.", check=check(0.537, 0.3), evidence=e[:2], more=0, device_name="CB 4203", device_branch=None, rule_set="normal"),
        Some(key="branches", text="Reports lie under 5 direct branches of it; the rule asks for 2.", check=check(5, 2), evidence=e[:3], more=0, device_name="CB 4203", device_branch=None, rule_set="normal"),
        Some(key="live", text="Nothing at or below it is known to be live.", check=check(0, 0), evidence=[], more=0, device_name="CB 4203", device_branch=None, rule_set="normal"),
        Some(key="source", text="Nothing is above it: the climb went as far as it can.", check=None, evidence=[], more=0, device_name="CB 4203", device_branch=None, rule_set=""),
        Some(key="alternative", text="Also weighed, below: SW 4203-17, 9 of 17 transformers with reports (52.9 %); a larger device explains it as well.", check=None, evidence=e[:2], more=7, device_name="SW 4203-17", device_branch=b, rule_set=""),
    ]  # fmt: skip


def ledger(count=6):
    return [
        Some(id=90411 + i, equipment_name=f"TX {3318 + i}", feeder="4203", phases="ABC", customers=24 + i * 3, began_at=ago(minutes=62), ended_at=ago(minutes=20 - i) if i % 3 else None,
             lasted=dt.timedelta(minutes=42 + i) if i % 3 else dt.timedelta(minutes=62), customer_minutes=(42.0 + i) * (24 + i * 3), is_provisional=i == 5, is_sustained=True, is_superseded=i == 4,
             excluded_reason="", superseded_reason="crew's time", outage=2286, outage_url="/outages/2286/", correct_url=f"/reliability/rows/{90411 + i}/")
        for i in range(count)
    ]  # fmt: skip


def outage_page(number: int):
    found = next((o for o in outages() if o.id == number), outage(id=number))
    done = found.state != "New"
    return {
        "outage": found, "now": now(),
        "steps": [Some(label="Predicted", at=found.predicted_at, state="done"), Some(label="Assigned", at=ago(minutes=80) if done else None, state="done" if done else "now"),
                  Some(label="En route", at=ago(minutes=76) if done else None, state="done" if done else ""), Some(label="On site", at=ago(minutes=72) if done else None, state="now" if done else ""),
                  Some(label="Restored", at=None, state=""), Some(label="Completed", at=None, state="")],
        "entries": [Some(occurred_at=ago(minutes=1), recorded_at=ago(minutes=1), text="12 more reports joined: 37 in all", actor="Tieline", kind="evidence", tone="", is_late=False, is_other_day=False),
                    Some(occurred_at=ago(minutes=1, seconds=40), recorded_at=ago(minutes=1, seconds=40), text="Predicted at CB 4203 (was TX 3318)", actor="Tieline", kind="predicted", tone="p1", is_late=False, is_other_day=False),
                    Some(occurred_at=ago(minutes=2), recorded_at=ago(minutes=1, seconds=50), text="First last gasps: 9 meters at TX 3318", actor="Head-end", kind="evidence", tone="done", is_late=True, is_other_day=False)],
        "reasons": reasons(), "evidence": evidence(8), "evidence_total": found.evidence, "conflicts": ["Meter 2011877 at TX 3341 answered at 22:15:02: it is linked to TX 3341 but may stand at TX 3342."],
        "crews": [Some(name="C-07 Roy, Kim", kind="Line", state="On site", since=ago(minutes=72), url_release="", progress=[Some(label="Made safe", url="/x/"), Some(label="Done", url="/x/")])] if done else [],
        "assign_url": f"/outages/{number}/assign/",
        "customers": [Some(name="St Anna Hospital", address="Klinikweg 2, Northgate", account="100 023", transformer="TX 3318", critical="hospital", is_out=True, began_at=ago(minutes=2), ended_at=None),
                      Some(name="Weber, Ida", address="Lindenstr. 14, Northgate", account="104 477", transformer="TX 3319", critical="", is_out=True, began_at=ago(minutes=2), ended_at=None),
                      Some(name="Bakery Huber", address="Markt 3, Northgate", account="101 902", transformer="TX 3321", critical="", is_out=False, began_at=ago(minutes=40), ended_at=ago(minutes=4))],
        "customers_total": found.customers_affected, "ledger": ledger(), "ledger_total": Some(customers=1012, customer_minutes=2142.0),
        "nested": [Some(id=2292, device_name="FU 4203-88", state="New", customers_out=21, url="/outages/2292/")],
        "calls": [Some(at=ago(minutes=2), about="Mrs Weber, Lindenstr. 14", codes="no power", url="")],
        "actions": [Some(label="Confirm", url=f"/outages/{number}/confirm/", key="", is_primary=False, is_enabled=True, reason=""), Some(label="ETR", url=f"/outages/{number}/etr/", key="E", is_primary=False, is_enabled=True, reason=""),
                    Some(label="Complete", url=f"/outages/{number}/complete/", key="", is_primary=False, is_enabled=False, reason="Customers are still out")],
    }  # fmt: skip


def second_verdict(number: int):
    return {
        "outage": Some(id=number, model="demo", device_name="CB 4203"), "nothing": "", "rule_set": "normal", "acting": "Rules", "asked_at": now(),
        "others": [], "verdict": Some(text="The likelihood engine says SW 4203-17, not CB 4203, from 35 of the 37 reports.", margin="4.1 over the best reading by what is below", agrees=False),
        "seen": [Some(kind="", device_name="SW 4203-17", branch=world.spots["partly"], phases="ABC", customers=412, shared=35, reports=35, margin="")],
        "seen_more": 0, "reasons": reasons(), "take": Some(url="/confirm/", reason=""),
    }  # fmt: skip


def filters(*labels: str):
    return [Some(key=label.lower(), label=label, count=3 + i * 17, is_current=i == 0) for i, label in enumerate(labels)]


def outage_rows():
    rows = outages() + [
        outage(id=2280 - i, priority=4, is_new=False, state="Completed", confidence="Confirmed", device_name=f"FU {8821 + i}", feeder="Eastfield / 4311", customers_out=0, customers_affected=92,
               critical_out=0, started_at=ago(hours=5 + i * 7), ended_at=ago(hours=4), lasted=dt.timedelta(minutes=41 + i * 7), crew="", cause=["Tree", "Equipment", "Animal"][i % 3], is_open=False)
        for i in range(24)
    ]  # fmt: skip
    return {
        "page": Paginator(rows, 25).page(1),
        "filters": filters("Open", "Restored", "Completed", "All"),
        "q": "",
        "areas": [Some(key="n", name="North"), Some(key="s", name="South")],
        "area": "",
        "now": now(),
    }


def crew_rows(selected=2291):
    rows = [("c-12", "C-12", "Dias, Wu", "HV switching", "Free since 21:52", 11, "3 h 40", True, ""), ("c-03", "C-03", "Ito, Hall", "HV switching", "Returning", 18, "1 h 10", True, ""),
            ("c-07", "C-07", "Roy, Kim", "HV, LV", "On site 2286", 26, "5 h", True, ""), ("c-15", "C-15", "Lopez", "LV only", "Free", 9, "6 h", False, "not qualified")]  # fmt: skip
    return [
        Some(key=k, name=n, members=m, skills=s, state=st, arrival_min=a, arrival_share=a / 30, shift_left=left, is_best=i == 0, can_take=ok, reason=why,
             verb="Assign next" if "site" in st else "Assign", assign_url=f"/dispatch/{selected}/assign/?crew={k}")
        for i, (k, n, m, s, st, a, left, ok, why) in enumerate(rows)
    ]  # fmt: skip


def crews(number: int | None = 2291):
    return {
        "outage": Some(id=number, device_name="CB 4203", needs="20 kV switching, lockout reset", customers_out=1012)
        if number
        else None,
        "crews": crew_rows(number or 0),
    }


def lanes():
    moves = [
        Some(to="en_route", label="En route"),
        Some(to="on_site", label="On site"),
        Some(to="free", label="Release"),
    ]
    crew = lambda key, name, job, note, since: Some(
        key=key,
        name=name,
        kind="HV",
        area="Depot North",
        job=Some(outage=2286, title=job, url="/outages/2286/") if job else None,
        since=since,
        note=note,
        can_move=True,
        moves=moves,
    )
    lane = lambda key, label, crews, empty: Some(
        key=key, label=label, crews=crews, empty=empty, move_url="/dispatch/move/"
    )
    return {
        "lanes": [
            lane("free", "Free", [crew("c-12", "C-12", "", "", ago(minutes=24)), crew("c-15", "C-15", "", "LV only", ago(minutes=62))], "No crew is free."),
            lane("sent", "Sent, not accepted", [], "No crew is waiting to accept."),
            lane("en_route", "En route", [crew("c-09", "C-09", "2288 meter check", "GPS 20 s ago", ago(minutes=8))], "Nobody is on the way."),
            lane("on_site", "On site", [crew("c-07", "C-07", "2286 Marsh", "last report 22:05", ago(minutes=72))], "Nobody is on site."),
            lane("other", "Returning, break, off", [crew("c-03", "C-03", "", "shift ends in 1 h 10", ago(minutes=5))], "Nobody."),
        ],
        "now": now(),
    }  # fmt: skip


def calls():
    rows = [
        Some(id=771 - i, reported_at=ago(minutes=3 + i * 9), recorded_at=ago(minutes=3 + i * 9), caller=["Weber, Ida", "", "Bakery Huber"][i % 3], address="Lindenstr. 14, Northgate", phone="0721 55 11", account="104 477",
             codes=["no power"] if i % 2 else ["no power", "flickering before"], hazard="wire down" if i == 4 else "", comment="Whole street is dark, heard a bang" if i % 3 == 0 else "", source="Tieline", taken_by="J. Okafor",
             wants_callback=i % 4 == 0, is_critical=i == 2, outage=2291 if i < 6 else None, outage_url="/outages/2291/", outage_state="Predicted")
        for i in range(14)
    ]  # fmt: skip
    return {
        "page": Paginator(rows, 25).page(1),
        "filters": filters("Open", "Call back", "All"),
        "q": "",
        "can_enter": True,
        "now": now(),
    }


CODES = [
    "No power",
    "Part of the house",
    "Lights dim",
    "Lights flicker",
    "Street is dark",
    "Bang or flash heard",
    "Neighbours have power",
    "Water or gas affected",
]


def call_form():
    return {
        "codes": [Some(code=c.lower().replace(" ", "_"), label=c, priority=1, is_checked=i == 0) for i, c in enumerate(CODES)],
        "hazards": [("wire_down", "Wire down"), ("fire", "Fire"), ("gas", "Smell of gas")], "values": Some(caller_name="", phone="", address="", comment="", hazard="", wants_callback=False), "errors": {}, "customer": None, "form_id": "f1",
    }  # fmt: skip


CUSTOMERS = [
    ("Weber, Ida", "Lindenstr. 14, Northgate"),
    ("Weber, Karl", "Am Wehr 3, Quay"),
    ("Weiland Dairy", "Industriestr. 40, Marsh"),
    ("Wendt, Rosa", "Markt 9, Northgate"),
    ("Huber Bakery", "Markt 3, Northgate"),
]


def customers(query: str):
    found = [(i, n, a) for i, (n, a) in enumerate(CUSTOMERS) if len(query) > 1 and query.lower() in f"{n} {a}".lower()]
    return {
        "query": query,
        "too_many": False,
        "found": [
            Some(
                id=i,
                name=n,
                address=a,
                account=f"104 47{i}",
                meter=f"20114{i}",
                critical="life support" if i == 1 else "",
                is_out=i == 0,
            )
            for i, n, a in found
        ],
    }


def customer(number: int):
    name, address = CUSTOMERS[number]
    return Some(id=number, name=name, account=f"104 47{number}", customer_number="P-77", agreement_number="", k_number="", premises="", address=address, phone="0721 55 11", critical="", meter=f"20114{number}", transformer="TX 3318", feeder="4203", area="North", branch=world.spots["fuse"], is_connected=True,
                power="off", power_at=ago(minutes=2), outage=Some(id=2291, url="/outages/2291/", state="Predicted at CB 4203", etr_at=None, crew="") if number == 0 else None,
                advice="The meter answered a minute ago: the fault may be in the house. Ask for the main fuse." if number == 1 else "", calls=[Some(at=ago(days=40), codes="lights flicker")])  # fmt: skip


def feeder(name="4203"):
    return Some(
        name=f"Feeder {name}", causes=[Some(label="Tree contact", value=250160, url=""), Some(label="Equipment failure", value=28712, url=""), Some(label="Not verified", value=3772, url="")], rows_url="/reliability/rows/",
        outages=[Some(id=i, started_at=ago(days=d), lasted=dt.timedelta(minutes=m), customers=c, customer_minutes=m * c, cause=cause, device=dev, is_provisional=not cause, url=f"/outages/{i}/")
                 for i, d, m, c, cause, dev in [(2204, 48, 188, 1012, "Tree", "CB 4203"), (2217, 42, 96, 624, "Tree", "SW 4203-17"), (2241, 34, 74, 388, "Equipment", "TX 3318"), (2266, 23, 41, 92, "", "FU 8821")]],
    )  # fmt: skip


def reliability():
    labels = ["Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]
    values = [6.1, 7.9, 8.8, 7.2, 6.4, 5.9, 5.2, 6.0, 7.1, 6.6, 7.5, 9.4]
    extra = [0, 3.2, 6.1, 0, 0, 0, 0, 0, 2.4, 0, 0, 4.0]
    index = lambda key, name, value, unit, places, target, over, year: Some(
        key=key,
        name=name,
        value=value,
        unit=unit,
        places=places,
        target=target,
        over=over,
        longer="12 months",
        of_longer=year,
        rows_url="/reliability/rows/",
    )
    rows = [
        ("4203", "Northgate", 0.89, 4, "Tree"),
        ("5102", "Quay", 0.71, 6, "Equipment"),
        ("4402", "Marsh", 0.55, 3, "Third party"),
        ("4311", "Eastfield", 0.41, 2, "Weather"),
        ("4177", "Hillside", 0.33, 5, "Animal"),
        ("5108", "Quay", 0.28, 2, "Tree"),
    ]
    return {
        "period": Some(label="October 2026", month="2026-10"), "months": [("2026-10", "October 2026"), ("2026-09", "September 2026")], "areas": [("n", "North")], "area": "", "med": "without",
        "indices": [index("saidi", "SAIDI", 9.4, "min", 1, 7.5, 1.9, 84.1), index("saifi", "SAIFI", 0.11, "", 2, 0.10, 0.01, 1.02), index("caidi", "CAIDI", 85.0, "min", 0, 75, 10, 82.0), index("maifi", "MAIFI", 0.31, "", 2, None, None, 2.9)],
        "behind": Some(interruptions=1214, customers=34112, customer_minutes=2993148, provisional=7, sustained=1102, momentary=112, med_days=["12 Oct"], border_min=5, served=318420, is_known=True),
        "trend": trend([Some(label=m, value=v, extra=e, url=f"?month={m}", is_now=m == "Oct", first=m, last=m) for m, v, e in zip(labels, values, extra, strict=True)]),
        "feeders": [Some(key=k, name=k, substation=s, saidi=v, share=v / 9.4, outages=n, cause=c, url=f"/reliability/feeder/{k}/", is_selected=i == 0) for i, (k, s, v, n, c) in enumerate(rows)],
        "feeder": feeder(), "csv_url": "/x.csv",
    }  # fmt: skip


def trend(bars):
    return {
        "title": "SAIDI by month, minutes",
        "bars": bars,
        "target": 7.5,
        "address": "/reliability/trend/?month=2026-10",
        "csv_url": "/x.csv",
        "steps": [("Zoom in", "/reliability/trend/")],
    }


def partner():
    return {
        "partner": Some(pk=1, name="Head-end", source="HES", endpoint_url="https://hes.example.org/cim", certificate="", must_sign=False, is_signed_to=False, latest_received_at=ago(seconds=8), latest_delivered_at=None, latest_error=""),
        "health": ("In touch", ""),
        "traffic": {"first_at": ago(hours=30), "taken": 1204, "repeated": 3, "refused": 1, "sent": 0, "waiting": 0, "waiting_since": None, "dead": 0},
        "messages": [{"name": "created EndDeviceEvents", "way": "to us", "domain": "Meter reading and control", "pattern": "Event/Action", "schema": "EndDeviceEvents", "schema_url": "/x/", "serves": "O01, O02, O05"}],
        "token": "tl_7Q0mZ",
        "is_renewed": True,
        "first": "cat > message.xml <<'END'\n<EventMessage/>\nEND\ncurl -sS --data-binary @message.xml 'http://127.0.0.1:8000/cim/v1/messages?dry_run'",
        "meter": "METER-NUMBER",
        "wsdl_url": "/x/",
        "log_url": "/messages/",
        "change_url": "/messages/partners/1/change/",
        "dialect": "Europe/Vilnius · codes: 2",
        "certificates": ["CN=Head-end, 2027-03-01, 9f:2c:41:aa:07:5e:11:d3 …"],
        "tokens": [Some(created_at=ago(minutes=1), expires_at=None), Some(created_at=ago(hours=300), expires_at=ago(hours=-24))],
        "overlaps": [(0, "refused at once"), (24, "good for a day")],
        "error": "",
    }  # fmt: skip


def partner_terms():
    told = [("BreakerStatuses", False, ""), ("UnplannedOutages", True, "north, south")]
    labels = [("areas", "Control areas"), ("objects", "Objects"), ("verbs", "Verbs"), ("values", "Values")]
    return {
        "partner": Some(name="Head-end"),
        "typed": {"endpoint": "https://hes.example.org/cim", "is_active": "1", "certificate": "-----BEGIN CERTIFICATE-----", "must_sign": "1", "is_signed_to": "", "message": "", "zone": "Europe/Vilnius", "namespaces": "", "name_types": "MeterNumber = SerialNo", "codes": "EndDeviceEventType 3.26.0.85 = PWR-OFF"},
        "error": "dialect: zone: Mars/Base is no time zone",
        "incoming": [{"name": "created EndDeviceEvents", "domain": "Meter reading and control", "is_checked": True}, {"name": "create TroubleTickets", "domain": "Customer support", "is_checked": False}],
        "unsupported": [{"name": "create ServiceOrders", "domain": "Maintenance and construction", "is_checked": False}],
        "told": [
            {"name": noun, "is_checked": on, "filters": [{"name": f"{key}.{noun}", "label": label, "value": areas if key == "areas" else ""} for key, label in labels]}
            for noun, on, areas in told
        ],
        "back_url": "/messages/partners/1/",
    }  # fmt: skip


def new_partner():
    return {
        "wanted": Some(name="Head-end", source="HES", endpoint_url="", certificate="", must_sign=False, is_signed_to=False),
        "error": "source: there is a partner HES already",
        "incoming": [{"name": "created EndDeviceEvents", "domain": "Meter reading and control", "is_checked": True}, {"name": "create TroubleTickets", "domain": "Customer support", "is_checked": False}],
        "unsupported": [{"name": "create ServiceOrders", "domain": "Maintenance and construction", "is_checked": False}],
        "nouns": [{"name": "UnplannedOutages", "is_checked": False}],
        "back_url": "/messages/",
    }  # fmt: skip


def messages():
    kinds = [("in", "created", "EndDeviceEvents", "OK", ""), ("in", "create", "TroubleTickets", "PARTIAL", "p2"), ("out", "changed", "UnplannedOutages", "Sent", ""), ("quarantine", "created", "EndDeviceEvents", "FAILED", "p1"),
             ("out", "created", "UnplannedOutages", "Dead letter", "p1"), ("in", "changed", "MeasurementValues", "OK", "")]  # fmt: skip
    rows = [
        Some(at=ago(seconds=9 * i), way=w, partner=["Head-end", "IVR", "Outage map"][i % 3], verb=v, noun=n, message_id=f"f81d4fae-7dec-11d0-a765-00a0c91e6bf{i:02x}", result=r, tone=t, items=100 if "Device" in n else 1,
             items_failed=2 if t == "p2" else 0, repeats=1 if i == 3 else 0, attempts=1, reason="line 12: meter 20117 is not known" if t else "", url="/messages/1/")
        for i in range(30)
        for w, v, n, r, t in [kinds[i % 6]]
    ]  # fmt: skip
    partners = [
        Some(
            name="Head-end",
            url="/messages/partners/1/",
            is_active=True,
            state="Connected",
            tone="",
            received_at=ago(seconds=8),
            delivered_at=None,
            waiting=0,
            dead=0,
        ),
        Some(
            name="Outage map",
            url="/messages/partners/1/",
            is_active=True,
            state="Paused after 5 failures",
            tone="p2",
            received_at=None,
            delivered_at=ago(minutes=9),
            waiting=14,
            dead=1,
        ),
    ]
    return {
        "page": Paginator(rows, 25).page(1),
        "filters": filters("All", "In", "Out", "Refused", "Dead"),
        "partners": partners,
        "q": "",
        "partner": "",
    }


RAW = """<?xml version="1.0" encoding="UTF-8"?>
<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message">
  <Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun><Source>HES-1</Source>
    <MessageID>f81d4fae-7dec-11d0-a765-00a0c91e6bf6</MessageID></Header>
  <Payload><EndDeviceEvents><EndDeviceEvent><createdDateTime>2026-11-20T21:13:58Z</createdDateTime>
    <EndDeviceEventType ref="3.26.0.85"/><Assets><mRID>_m20117</mRID></Assets></EndDeviceEvent></EndDeviceEvents></Payload>
</EventMessage>"""


def message():
    return {
        "message": Some(way="in", verb="created", noun="EndDeviceEvents", result="PARTIAL", tone="p2", partner="Head-end", message_id="f81d4fae-7dec-11d0-a765-00a0c91e6bf6", source="HES-1", correlation_id="", sha256="9f" * 32, size=1840, status=200,
                        received_at=ago(minutes=2), sent_at=None, next_attempt_at=None, raw=RAW, is_cut=False, reply=RAW.replace("Event", "Response"), parsed={"verb": "created", "events": [{"meter": "_m20117", "type": "3.26.0.85", "at": "2026-11-20T21:13:58Z"}]},
                        latest_error="", code="", attempts=0, repeats=1),
        "items": [Some(index=1, about="Meter 2011714: power lost", id="_m20117", ok=True, code="", text="evidence", url="/outages/2291/"), Some(index=2, about="Meter", id="_m99999", ok=False, code="2.12", text="no such meter", url="")],
        "errors": [Some(code="2.12", level="WARNING", reason="no such meter", where="line 9, EndDeviceEvent[2]/Assets/mRID")], "effects": [("Evidence", "1 report", "/outages/2291/"), ("Outage", "2291", "/outages/2291/")],
        "actions": [Some(label="Check again", url="/x/", text="Parses it again without effect")],
    }  # fmt: skip


def jobs():
    steps = [
        Some(label="Accept", state="accepted", is_primary=True),
        Some(label="En route", state="en_route", is_primary=False),
    ]
    return {
        "crew": Some(name="C-12", shift="On shift", is_on=True), "now": now(), "causes": [("tree", "Tree"), ("equipment", "Equipment")],
        "jobs": [Some(id=1, title="Outage 2291 · CB 4203", place="Northgate, Klinikweg", state="Assigned", outage=2291, customers=1012, hazard="", assigned_at=ago(minutes=1), out_since=ago(minutes=9), etr_url="", etr_at=None, map_url="", steps=steps, progress_url="/x/", complete_url="", needs_cause=False),
                 Some(id=2, title="Outage 2286 · SW 4402-11", place="Marsh", state="On site", outage=2286, customers=234, hazard="Wire down", assigned_at=ago(minutes=70), out_since=ago(minutes=95), etr_url="/x/", etr_at=ago(minutes=-20), map_url="", steps=[], progress_url="/x/", complete_url="/x/", needs_cause=True)],
    }  # fmt: skip
