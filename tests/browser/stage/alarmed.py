"""Alarms of the stage: what they are, and that acknowledging one is known afterwards."""

from types import SimpleNamespace as Some

from django.http import HttpResponse
from django.shortcuts import render

from tests.browser.stage import samples, world

acknowledged: set[int] = set()


def line(number, priority, title, text, minutes, branch=None, **more):
    seen = number in acknowledged
    told = {
        "id": number, "title": title, "response": "Look why, then act.", "text": text, "area": "North", "priority": priority,
        "raised_at": samples.ago(minutes=minutes), "returned_at": None, "occurrences": 1, "chatters": 0, "link": "",
        "acknowledged_by": "moreno" if seen else "", "acknowledged_at": samples.now() if seen else None,
        "model": "demo", "branch": branch, "shelve_url": "/alarms/7/shelve/",
    }  # fmt: skip
    return told | more


def group(*lines):
    unseen = [one["id"] for one in lines if not one["acknowledged_at"]]
    return {
        "id": lines[0]["id"], "priority": lines[0]["priority"], "is_new": bool(unseen), "unseen": len(unseen),
        "numbers": ",".join(map(str, unseen)), "seen": 99, "lines": list(lines), "others": len(lines) - 1, "may": True, "why_not": "",
    }  # fmt: skip


def standing():
    spots, names = world.spots, world.net.names
    groups = [
        group(
            line(1, 1, "Unexpected OPEN", names[spots["breaker"]], 2, int(spots["breaker"])),
            line(2, 2, "Outage", f"{names[spots['breaker']]}: 1012 customers", 1.5, link="/outages/2291/"),
        ),
        group(line(3, 2, "Overload", "TX2 Eastfield A: 104 %, 100 % allowed", 12, chatters=4)),
        group(
            line(4, 3, "A partner does not answer", "Hillside RTU: timed out", 40, returned_at=samples.ago(minutes=3))
        ),
    ]
    told = Some(unseen=sum(one["unseen"] for one in groups), rate=7, flood_since=None)
    return {
        "told": told,
        "more": 2,
        "groups": groups,
        "counts": {1: 1, 2: 2, 3: 1},
        "flood_from": 10,
        "now": samples.now(),
    }


def flood():
    found = standing()
    found["told"].flood_since, found["told"].rate = samples.ago(minutes=4), 214
    return found


def tabs(chosen):
    return {
        "tab": chosen,
        "tabs": [{"label": one, "url": f"/alarms/{one}/", "is_chosen": one == chosen} for one in ("standing", "kinds")],
    }


def beside(request):
    return render(request, "alarms/_beside.html", flood() if "flood" in request.GET else standing())


def bar(request):
    unseen = standing()["told"].unseen
    return render(
        request, "alarms/_bar.html", {"unseen": unseen, "rate": 7, "flood_from": 10, "is_flood": False, "sounds": False}
    )


def page(request, tab="standing"):
    rows = {
        "kinds": {
            "rows": [
                {"declared": Some(key="switch_opened", title="Unexpected OPEN", response="Look why."), "priority": 1, "is_enabled": True,
                 "changed": None, "url": "/x/"},
            ]
        },
        "shelved": {
            "rows": [
                {"shelf": Some(is_once=True, until=samples.now(), area=Some(name="North"), reason="loose contact", shelved_by="moreno",
                               shelved_at=samples.ago(minutes=9)), "title": "Overload", "text": "TX2", "is_active": True, "url": "/x/"},
            ]
        },
        "stale": {"rows": [line(9, 3, "Voltage out of limits", "Bus 4", 3000, acknowledged_at=samples.now())]},
        "rates": {
            "performance": {
                "rates": Some(alarms=120, per_10_min=0.83, per_hour=5, per_day=120, peak=14, periods_above=0.02, flooded=0.013),
                "positions": 1, "mix": {1: (6, 0.05), 2: (18, 0.15), 3: (96, 0.8)}, "floods": 1, "stale": 2,
                "loudest": [{"kind": Some(title="Overload"), "text": "TX2", "times": 31, "share": 0.26}],
                "chattering": [{"kind": Some(title="Overload"), "text": "TX2", "times": 5}],
            },
            "begin": samples.ago(minutes=1440), "periods": [{"key": "day", "label": "24 hours", "is_chosen": True}], "flood_from": 10,
        },
    }  # fmt: skip
    return render(request, "alarms/page.html", tabs(tab) | (rows.get(tab) or standing()))


def acknowledge(request):
    acknowledged.update(int(one) for one in request.POST["numbers"].split(","))
    world.tell_ui("alarms")
    return HttpResponse(status=204)


def reset(_request):
    acknowledged.clear()
    return HttpResponse("as at first")


def shelve(request, number):
    context = {
        "title": "Shelve: Overload", "text": "TX2", "choice_label": "For how long", "reason_label": "Why", "is_reason_needed": True, "verb": "Shelve",
        "choices": [("once", "until it returns to normal"), ("1", "1 h")], "url": request.path,
    }  # fmt: skip
    return render(request, "control/_dialog.html", context) if request.method == "GET" else HttpResponse(status=204)
