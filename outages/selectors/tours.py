"""The steps of the guided tour and which of them have really happened since it began."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from network.selectors import operations
from outages.models import Outage
from workforce.selectors import crews


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, how, on which page (a URL name), which right it takes, and whether it has happened."""

    title: str
    how: str
    view: str
    action: str
    is_done: bool


def steps(*, since: dt.datetime, index_read_at: dt.datetime | None) -> list[Step]:
    """In order. Whoever did it: what a colleague does counts, since there is one network."""
    came = Outage.objects.filter(predicted_at__gte=since)
    return [
        Step(
            _("A fault happens"),
            _(
                "In the demo one comes by itself within minutes; elsewhere, take a call. Meters and callers tell of it, and an "
                "outage is predicted."
            ),
            "outages:control_room",
            "see_network",
            came.exists(),
        ),
        Step(
            _("Say that it is so"),
            _("Open the outage, read why it is predicted there, and confirm it."),
            "outages:outage_list",
            "confirm_outage",
            came.exclude(confirmed_at=None).exists(),
        ),
        Step(
            _("Send a crew"),
            _(
                "On the dispatch board, press A for the best crew, or type a, the number and the crew in the command line."
            ),
            "outages:dispatch",
            "dispatch_crew",
            crews.is_any_assigned_since(since),
        ),
        Step(
            _("Operate a switch"),
            _(
                "Take control of an area (Control, at the top), select a switch of it with few customers below it on the map, "
                "then open or close it: two steps, with what it will do shown before."
            ),
            "outages:control_room",
            "operate_switch",
            operations.is_any_completed_since(since),
        ),
        Step(
            _("Supply is back"),
            _("The crew repairs, the switch closes, meters answer: the outage is restored for everybody."),
            "outages:outage_list",
            "see_network",
            came.exclude(restored_at=None).exists(),
        ),
        Step(
            _("Read the index"),
            _("SAIDI and SAIFI come from the interruptions that were just written down. Click a figure for its rows."),
            "outages:reliability",
            "read_reliability",
            index_read_at is not None,
        ),
    ]
