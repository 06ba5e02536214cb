"""What FLISR may do on each feeder: the list of all of them, whether or not they have tripped, and how ready they are."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from adms.core import browser, spreadsheets
from adms.core.actors import Actor
from adms.core.models import ControlArea
from adms.core.selectors import persons
from outages.domain.flisr import modes as domain
from outages.models import FlisrMode
from outages.selectors import flisr as reading
from outages.selectors import flisr_feeders as known
from outages.selectors.flisr_feeders import FlisrFeeder
from outages.services.flisr import modes
from outages.views.flisr import SEES, mode_label, mode_url

LABELS = {known.ALL: _("All"), known.OWN: _("With a mode of their own"), **dict(FlisrMode.Mode.choices)}
#: Who holds a feeder to the mode that applies.
HELD_BY = {
    domain.SYSTEM: _("held by the system"),
    domain.AREA: _("held by its area"),
    domain.FEEDER: _("held by the feeder itself"),
}
COLUMNS = ("feeder", "device", "substation", "area", "model", "own", "applies", "held_by", "set_by", "set_at", "reason", "events",
           "judged", "right", "is_ready")  # fmt: skip


@browser.page("GET", may=SEES)
def flisr_feeder_list(request: browser.Request) -> HttpResponse:
    """Every feeder, by substation and name."""
    show, text, area = (request.GET.get(name, "").strip()[:80] for name in ("show", "q", "area"))
    show = show if show in LABELS else known.ALL
    found = known.listed(request.actor, text=text, area=area)
    areas = list(ControlArea.objects.order_by("name"))
    chosen, counts, row = known.shown(found, show), known.counted(found), _Rows(request.actor, areas)
    if spreadsheets.is_wanted(request):
        rows = (row(one) for one in chosen[: spreadsheets.MOST])
        return spreadsheets.answer("flisr-feeders", {name: name for name in COLUMNS}, rows, request.at)
    page = browser.paged(request, chosen, size=100)
    page.object_list = persons.with_names([row(one) for one in page.object_list], "set_by")
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counts[key], "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "q": text,
        "areas": areas,
        "area": area,
        "now": request.at,
    }
    return browser.either(request, "flisr/feeders.html", "flisr/_feeders.html", context, has_chips=True)


class _Rows:
    """Feeders as rows, for one actor."""

    def __init__(self, actor: Actor, areas: list[ControlArea]) -> None:
        self._may = {area.key for area in areas if actor.may(modes.SET, area.key)}
        self._names = {area.key: area.name for area in areas}
        self._ready = {(one["model_key"], one["feeder_mrid"]): one for one in reading.readiness(actor)}

    def __call__(self, one: FlisrFeeder) -> dict[str, Any]:
        """One row, of the page and of the file."""
        head, own = one.head, one.own
        ready = self._ready.get((head.model, head.mrid), {})
        return {
            "key": one.key,
            "feeder": head.name,
            "device": head.device,
            "substation": head.substation,
            "area": self._names.get(head.area, head.area),
            "model": head.model,
            "own": mode_label(own.mode) if own else "",
            "applies": mode_label(one.applies),
            "held_by": HELD_BY[one.held_by],
            "set_by": own.set_by if own else "",
            "set_at": own.set_at if own else None,
            "reason": own.reason if own else "",
            **{name: ready.get(name, 0) for name in ("events", "judged", "right", "needed")},
            "is_ready": ready.get("is_ready", False),
            "url": mode_url(domain.FEEDER, one.key) if head.area in self._may else "",
        }
