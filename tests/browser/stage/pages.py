"""The stage's views: each shows one template with its sample, a few answer as the product would."""

import datetime as dt
import gzip
import json
import struct
from types import SimpleNamespace as Some

import numpy as np
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt

from network.selectors import street_map
from tests.browser.stage import drawn, samples, world

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; worker-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Person:
    """Somebody signed in."""

    theme = "auto"
    is_authenticated = True

    def __str__(self) -> str:
        return "A. Moreno"


def somebody(request):
    return {"user": Person(), "kpi": samples.kpi()}


def strict(get_response):
    """The strictest content security policy: not even inline style attributes."""

    def middleware(request):
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware


def part(template, context):
    """A fragment as it stands within a whole page."""
    return mark_safe(render_to_string(template, context))


def show(template, context=lambda **_: {}):
    """A view that renders one template; htmx gets the fragment where there is one."""

    def view(request, **kwargs):
        return render(request, template, context(**kwargs))

    return view


def etr(number):
    return {
        "outage": samples.outage(id=number),
        "choices": [(30, "30 min"), (60, "1 h"), (120, "2 h"), (240, "4 h")],
        "url": "/x/",
    }


def etr_alone(request, number):
    inside = mark_safe(render_to_string("outages/_etr.html", etr(number), request))
    context = {"inside": inside, "heading": f"ETR of outage {number}", "above": f"/outages/{number}/"}
    return render(request, "dialog_alone.html", context)


def either(page, fragment, context):
    """The whole page for a browser, the fragment for htmx."""

    def view(request, **kwargs):
        return render(request, fragment if request.htmx else page, context(**kwargs))

    return view


def control_room(request):
    branch = request.GET.get("branch")
    context = {
        "model": samples.MODEL,
        "models": [samples.MODEL],
        "branch": int(branch) if branch else None,
        "device": samples.device(int(branch)) if branch else None,
    }
    parts = {
        "side": part("outages/_side_list.html", samples.side_list()),
        "journal": part("network/_journal.html", {"journal": samples.journal()}),
        "intake": part("outages/_intake.html", {"intake": samples.intake()}),
    }
    return render(request, "network/control_room.html", context | parts)


def geometry(request, model, version):
    response = HttpResponse(world.net.geometry(), content_type="application/octet-stream")
    response["Cache-Control"] = "max-age=31536000, immutable"
    return response


def street_tile(request, key, zoom, x, y):
    found = street_map.street_map()
    tile = found.tile(zoom, x, y)
    return HttpResponse(gzip.decompress(tile) if tile else b"", status=200 if tile else 204)


def names(request, model, version):
    return JsonResponse({"branches": world.net.names, "sources": world.net.sources})


def state(request, model, version):
    response = HttpResponse(world.net.state_file(), content_type="application/octet-stream")
    response["X-Tieline-Version"] = str(world.version)
    return response


def device_panel(request, model):
    return render(request, "network/_device_panel.html", {"device": samples.device(int(request.GET["branch"]))})


def lit(request, model, branch, kind):
    branches = world.net.below(branch)
    context = {
        "lit": Some(branches=branches, stops=branches[-1:], customers=1012, critical=2, kw=3480.0, joined=[]),
        "rows": [
            {"branch": int(b), "name": world.net.names[b], "kind": "Line", "is_stop": b == branches[-1]}
            for b in branches[:40]
        ],
        "more": max(0, len(branches) - 40),
        "words": "downstream of",
        "name": world.net.names[branch],
        "branches": json.dumps({"branches": branches.tolist(), "stops": branches[-1:].tolist()}),
    }
    return render(request, "network/_history_trace.html", context)


def one_line(request, model, mrid):
    return render(request, "network/one_line.html", _diagram(mrid) | {"device": samples.device(0)})


def one_line_live(request, model, mrid):
    return JsonResponse(_diagram(mrid)["live"])


def _diagram(mrid):
    return drawn.large() if mrid == "L" else drawn.context()


def then_states(request, model):
    """The past of the stage: everything was normal, but one cut stood."""
    at = dt.datetime.fromisoformat(request.GET["at"])
    if typed := request.GET.get("typed"):
        at = timezone.localtime(at).replace(
            hour=int(typed[:2]), minute=int(typed[3:5]), second=int(typed[6:8] or 0), microsecond=0
        )
    states, here = np.zeros(len(world.net.lines), np.uint8), timezone.localtime(at)
    told = {
        "at": at.isoformat(),
        "time": f"{here:%H:%M:%S}",
        "day": f"{here:%a %d.%m.%Y}",
        "previous": (at - dt.timedelta(minutes=7)).isoformat(),
        "next": "",
        "since": (at - dt.timedelta(days=30)).isoformat(),
        "customers_out": 412,
        "as_known": False,
        "temporary": [
            {"branch": world.spots["breaker"] + 3, "other": -1, "kind": "cut", "word": "CUT", "name": "Cut 1"}
        ],
    }
    body = struct.pack("<4sII", b"TLS1", 0, states.size) + states.tobytes()
    response = HttpResponse(body, content_type="application/octet-stream")
    response["X-Tieline-Then"] = json.dumps(told)
    return response


def then_ticks(request, model):
    return JsonResponse({"ticks": [0] * 200 + [3, 1, 0, 7] + [0] * 36, "since": request.GET["from"]})


def then_device(request, model):
    context = {
        "name": world.net.names[int(request.GET["branch"])],
        "at": dt.datetime.fromisoformat(request.GET["at"]),
        "position": "closed",
        "supply": "energised",
        "phases": "ABC",
        "feeder": "4203",
        "unusual": [],
        "entries": [],
    }
    return render(request, "network/_history_device.html", context)


def unusual(request, model):
    """One of each kind."""
    since = samples.now() - dt.timedelta(hours=3)
    common = {"since": since, "actor": "a.moreno", "source": "operator", "is_conflict": False, "is_missing": False}
    rows = [
        Some(kind="switch", name="CB 4203", branch=world.spots["breaker"], now="open", normal="closed", reason="tree on the line", **common),
        Some(kind="cut", name="Cut 1", branch=world.spots["breaker"] + 3, now="cut in 4203-3", normal="not there", reason="conductor down", **common),
        Some(kind="ground", name="Ground 2", branch=world.spots["tie"], now="earthed at end 2 of Tie 4204", normal="not there",
             reason="work on the tie", **common | {"is_conflict": True}),
    ]  # fmt: skip
    branches = json.dumps([one.branch for one in rows])
    return render(request, "network/_history_abnormal.html", {"unusual": rows, "at": None, "branches": branches})


def marks(request, model):
    ground = {
        "branch": world.spots["tie"], "other": -1, "kind": "ground", "word": "EARTH", "name": "Ground 2", "text": "earthed",
    }  # fmt: skip
    return render(request, "network/_temporary_marks.html", {"marks": [ground]})


def _wish(request):
    return (
        int(request.GET["branch"]),
        request.GET["to"],
        int(request.GET.get("level", 3 if request.GET["to"] == "open" else 2)),
    )


def operate(request, model):
    wish = samples.operation(*_wish(request))
    return render(
        request, f"network/_operate_{'execute' if request.method == 'POST' else 'select'}.html", {"operation": wish}
    )


def execute(request, model):
    branch, to, level = _wish(request)
    wish = samples.operation(branch, to, level)
    if level == 3 and request.POST.get("confirmation") != wish.digits:
        return render(
            request,
            "network/_operate_execute.html",
            {"operation": wish, "refusal": "the typed digits are not those of the device"},
            status=409,
        )
    world.switch(branch, is_open=to == "open")
    return render(request, "network/_operate_result.html", {"operation": wish, "now": samples.now()})


def status(request, model):
    wish = samples.operation(int(request.GET["branch"]), request.GET["to"])
    wish.state = "completed"
    return render(request, "network/_operate_result.html", {"operation": wish, "now": samples.now()})


released = []


def release(request, model):
    released.append(samples.now())
    return HttpResponse(status=204)


def find(request):
    """As the product's: commands and pages with nothing typed, else what fits."""
    query = request.GET.get("q", "").strip()
    pick = {"about": "", "key": "", "branch": None, "is_dialog": False, "is_private": False}
    freeze = pick | {"name": "Freeze remote control", "key": "ctrl+shift+f", "url": "/confirm/", "is_dialog": True}
    calls = pick | {"name": "Calls", "key": "g c", "url": "/calls/"}
    text = query.removeprefix(">").strip().lower()
    groups = {"Outage": [], "Device": [], "Customer": [], "Command": [], "Page": []}
    if query == text and query and "2291".startswith(text):
        groups["Outage"] = [pick | {"name": "2291", "about": "CB 4203 · predicted", "url": "/outages/2291/"}]
    if query.lower() == text and len(text) > 1:
        fits = [(branch, name) for branch, name in enumerate(world.net.names) if text in name.lower()]
        groups["Device"] = [
            pick | {"name": name, "about": "Northgate / 4203", "url": f"/?branch={branch}", "branch": branch}
            for branch, name in fits[:8]
        ]
        if "weber, ida".startswith(text):
            groups["Customer"] = [pick | {"name": "Weber, Ida", "url": "/calls/new/", "is_private": True}]
    groups["Command"] = [freeze] if text in freeze["name"].lower() else []
    groups["Page"] = [calls] if text in calls["name"].lower() else []
    shown = [{"kind": kind, "picks": picks} for kind, picks in groups.items() if picks]
    return render(request, "components/_find_results.html", {"query": query, "groups": shown})


def command(request):
    text = (request.POST or request.GET).get("command", "").strip()
    understood = text.startswith("a 2291 c")
    if request.method == "POST":
        response = HttpResponse(status=204)
        response["HX-Trigger"] = json.dumps({"toast": {"text": "C-12 assigned to outage 2291", "undo": "/x/"}})
        return response
    says = "Assign C-12 to outage 2291" if understood else "Not understood yet"
    return render(request, "dispatch/_command.html", {"command": Some(text=text, says=says, is_understood=understood)})


def confirm(request, number=0):
    crew = request.GET.get("crew", "")
    if request.method == "POST":
        return done(request)
    title = f"Assign {crew.upper()} to outage {number}?" if crew else f"Confirm outage {number}?"
    return render(
        request,
        "components/_confirm.html",
        {
            "title": title,
            "text": "The crew gets the job on its phone and must accept it.",
            "verb": "Assign" if crew else "Confirm",
            "url": request.get_full_path(),
            "fields": {"crew": crew},
        },
    )


def nothing(request):
    """A part of the frame with nothing to say."""
    return HttpResponse("")


def done(request, **_):
    response = HttpResponse("")
    response["HX-Trigger"] = json.dumps({"toast": {"text": "Done.", "undo": "/x/"}, "tieline:close-dialog": {}})
    return response


def customers(request):
    return render(request, "calls/_customers.html", samples.customers(request.GET.get("q", "")))


def error(request, code):
    return render(request, f"{code}.html", {"request_id": "0a7f-19c2"}, status=code)


def fails(request):
    response = HttpResponse(status=500)
    response["X-Request-ID"] = "0a7f-19c2"
    return response


@csrf_exempt
def stage(request, what):
    """What tests do to the world."""
    options = json.loads(request.body or b"{}")
    answer = {}
    if what == "switch":
        answer["count"] = world.switch(options["branch"], is_open=options["open"])
    elif what == "silence":
        world.silent = options["on"]
    elif what == "flood":
        world.flood(options["count"], options["seed"])
    elif what == "drop":
        world.drop_next = True
    elif what == "cut":
        world.refuses = options.get("refuse", 0)
        world.push(world.grid_listeners, "close")
        world.push(world.ui_listeners, "close")
    elif what == "tell":
        world.tell_ui(*options["topics"])
    elif what == "look":
        answer = {
            "seq": world.net.seq,
            "spots": {k: int(v) for k, v in world.spots.items()},
            "released": len(released),
            "states": [int(s) for s in world.net.state[options.get("branches", [])]],
        }
    return JsonResponse(answer)
