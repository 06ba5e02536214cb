"""What FLISR says, in the reader's language: words of the phrases that its events keep (`network.domain.phrases`).

Rows of old keep words; they, and what people and the field wrote, are told as they are.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase

#: Places behind the point of a parameter, by its name or the end of it; others have none.
_PLACES = {"pu": 3, "from_km": 2, "to_km": 2, "reserve": 1}

_CUSTOMERS = "customers"
#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    # what happened
    "tripped": (
        ngettext_lazy(
            "%(device)s tripped: %(customers)s customer lost supply",
            "%(device)s tripped: %(customers)s customers lost supply",
            "n",
        ),
        _CUSTOMERS,
    ),
    "tripped_too": _("%(device)s tripped, too"),
    "reclosed": _("%(device)s reclosed"),
    "not_reclosed": _("%(device)s did not reclose; waiting for a fresh scan"),
    "locked_out": _("%(device)s locked out; waiting for a fresh scan"),
    "planning": _("Planning"),
    "asked_anew": _("Asked for new plans"),
    "supply_came_back": _("Supply came back otherwise"),
    "closed_again": _("%(device)s was closed again: nobody behind it is without supply"),
    "closed_meanwhile": _(
        "%(device)s was closed, but not by this plan, and not everybody has supply: look, then plan anew"
    ),
    "held": _("Held: %(why)s"),
    "no_plan": _("No plan: %(why)s"),
    "outage_no_plan": _("FLISR has no plan: %(why)s"),
    "outage_told": _("FLISR: %(what)s"),
    "best_plan": (ngettext_lazy("The only plan: %(summary)s", "Best of %(plans)s plans: %(summary)s", "n"), "plans"),
    "in_the_shadow": _("In the shadow. %(what)s"),
    "not_by_itself": _("%(what)s. Not by itself: %(why)s"),
    "plan_taken": _("Plan %(plan)s taken: %(summary)s"),
    "step_open": _("Step %(step)s: Open %(name)s"),
    "step_close": _("Step %(step)s: Close %(name)s"),
    "step_island": _("Step %(step)s: %(name)s carries its island"),
    "crew_opens": _("Step %(step)s: %(crew)s is told to open %(name)s"),
    "crew_closes": _("Step %(step)s: %(crew)s is told to close %(name)s"),
    "crew_closed": _("Step %(step)s: %(crew)s says that %(name)s is closed"),
    "crew_opened": _("Step %(step)s: %(crew)s says that %(name)s is open"),
    "crew_noted": _("%(told)s. %(note)s"),
    "step_taken_back": _("Step %(step)s: no crew is to move %(name)s any more"),
    "step_late": _("Step %(step)s: %(name)s reported late"),
    "step_failed": _("Step %(step)s %(name)s failed: %(why)s. Planning anew"),
    "planned_often": _("planned %(times)s times; step %(step)s failed again: %(why)s"),
    "nobody_knows": _("nobody knows whether %(name)s has closed: a person must find out"),
    "nobody_knows_open": _("nobody knows whether %(name)s has opened: a person must find out"),
    "transfer_undone": _(
        "Step %(step)s %(name)s failed: %(why)s. %(tie)s is opened again first, then it is planned anew"
    ),
    "ring_stands": _(
        "%(why)s. %(tie)s and %(part)s are both closed: two feeders run in a ring, which the power flow bore. Open one of the two"
    ),
    "ring_comes": _(
        "%(tie)s is commanded still: once it closes, two feeders run in a ring until one of its switches is opened"
    ),
    "carried_out": (
        ngettext_lazy(
            "Carried out: %(customers)s customer has supply again",
            "Carried out: %(customers)s customers have supply again",
            "n",
        ),
        _CUSTOMERS,
    ),
    "outage_carried_out": (
        ngettext_lazy(
            "FLISR carried out its plan: %(customers)s customer has supply again",
            "FLISR carried out its plan: %(customers)s customers have supply again",
            "n",
        ),
        _CUSTOMERS,
    ),
    "stopped": _("Stopped: %(why)s"),
    "acknowledged": _("Acknowledged. %(remark)s"),
    "acknowledged_right": _("Acknowledged, plan right. %(remark)s"),
    "acknowledged_wrong": _("Acknowledged, plan wrong. %(remark)s"),
    "saved": _("The plan saved %(minutes)s of %(of)s customer-minutes"),
    "would_have_saved": _("The plan would have saved %(minutes)s of %(of)s customer-minutes"),
    # how steps ended
    "stood_so": _("it stood so already"),
    "recorded": _("recorded"),
    "reported_late": _("reported late"),
    "no_position": _("no position was reported"),
    "crew_did": _("reported by %(crew)s"),
    "crew_could_not": _("%(crew)s could not do it: %(why)s"),
    "planned_anew": _("planned anew"),
    "step_stopped": _("stopped"),
    "operation_failed": _("failed: %(result)s"),
    "operation_expired": _("expired: %(result)s"),
    "operation_cancelled": _("cancelled: %(result)s"),
    "operation_timed_out": _("timed out: %(result)s"),
    "machine_carries": _("the machine carries it"),
    "machine_unread": _("waits for a reading of the machine since the fault was held off"),
    "machine_stopped": _("the machine has stopped"),
    "machine_gone": _("the machine is not in the network any more"),
    "machine_has_supply": _("it has supply already"),
    "machine_feeds_fault": _("it would feed the faulted section: it is not held off yet"),
    # why there is no plan
    "nothing_dead": _("nothing is dead behind it"),
    "partly": _("only some phases lost supply: who is to be switched is a person's decision"),
    "stale": _("the picture is stale: %(names)s"),
    "feeds": _("what makes power feeds the faulted section, and no switch parts it: %(names)s"),
    "elsewhere": _(
        "the device that tripped has supply on both sides, what is dead begins elsewhere: look what feeds the fault"
    ),
    "no_switch": _("nothing healthy can be supplied by any switch"),
    "no_plan_passes": _("no plan passes the checks"),
    "none_by_remote_control": _("no safe plan goes by remote control alone"),
    # why a plan or a step is not safe
    "not_looked_at": _("not looked at"),
    "no_time": _("there was no time to check it"),
    "step_feeds_fault": _("step %(step)s would energise the faulted section"),
    "step_makes_loop": _("step %(step)s would make a loop or join two sources"),
    "step_takes_supply": _("step %(step)s would take supply from somebody"),
    "step_leaves_loop": _("step %(step)s would not open the ring that a load transfer makes"),
    "would_feed_fault": _("it would energise the faulted section"),
    "would_take_supply": _("it would take supply from somebody"),
    "would_leave_loop": _("it would not open the ring that a load transfer makes"),
    "would_make_loop": _("it would make a loop or join two sources"),
    "no_power_flow": _("no power flow: %(why)s"),
    "beyond": _("%(places)s"),
    "beyond_more": _("%(places)s and %(more)s more"),
    "beyond_voltage_low": _("voltage low at %(name)s"),
    "beyond_voltage_high": _("voltage high at %(name)s"),
    "beyond_overload": _("overload at %(name)s"),
    # why a switch is left alone
    "doubtful": _("its position is of bad quality"),
    "not_commissioned": _("it is not commissioned"),
    "at_an_island": _("an island that generation carries hangs on it"),
    "tagged": _("it carries a tag of %(who)s: %(text)s"),
    "operated_by": _("%(who)s operates it"),
    "opened_since": _("somebody opened it after the trip"),
    "failed_before": _("it failed before: %(why)s"),
    # where the fault is
    "by_protection": _("Protection: the fault lies in %(suspected)s of %(sections)s sections"),
    "indicators_after": _("Indicators: after %(name)s before %(until)s"),
    "indicators_after_to_the_end": _("Indicators: after %(name)s, to the end of the line"),
    "indicators_from_device": _("Indicators: between the device that tripped and %(until)s"),
    "indicators_from_device_to_the_end": _("Indicators: from the device that tripped to the end of the line"),
    "inconsistent": _("Inconsistent: %(name)s operated behind one that did not"),
    "contradicts": _("Indicators contradict protection, which is believed"),
    "unsolved_before": _(
        "The state before the trip has no power flow: %(why)s. What was out of its limits then counts against a plan"
    ),
    "beyond_before": _("Out of limits before the trip already, not counted against a plan: %(what)s"),
    "dead_took": _("Telemetry: what is dead took %(percent)s%% of the model's load before the trip"),
    "feeder_takes": _("Telemetry: %(name)s takes %(percent)s%% of the model's load now"),
    # where to look first
    "amperes_of": _("%(name)s %(a)s A"),
    "amperes_largest": _("largest phase %(a)s A"),
    "current_unused": _("Fault current (%(amperes)s) does not locate: %(why)s"),
    "current_nowhere": _(
        "Fault current (%(amperes)s): no line behind the device has a fault without resistance that draws so much or so little"
    ),
    "current_elsewhere": (
        ngettext_lazy(
            "Fault current (%(amperes)s) points at a line outside of the suspected sections, and is not used",
            "Fault current (%(amperes)s) points at %(lines)s lines outside of the suspected sections, and is not used",
            "n",
        ),
        "lines",
    ),
    "current_locates": (
        ngettext_lazy(
            "Fault current (%(amperes)s, ±%(tolerance_percent)s%%): without resistance the fault lies on one line, %(from_km)s to "
            "%(to_km)s km from the device; with it, nearer",
            "Fault current (%(amperes)s, ±%(tolerance_percent)s%%): without resistance the fault lies on one of %(lines)s lines, "
            "%(from_km)s to %(to_km)s km from the device; with it, nearer",
            "n",
        ),
        "lines",
    ),
    "current_more": (
        ngettext_lazy(
            "One more line by the fault current is not in the suspected sections",
            "%(lines)s more lines by the fault current are not in the suspected sections",
            "n",
        ),
        "lines",
    ),
    "ideal_source": _("No impedance of the source is known (%(names)s): with it the fault lies nearer than this says"),
    # generation in what is dead
    "machine": _("%(name)s (%(kw)s kW)"),
    "island_self_sustaining": _(
        "%(machines)s is expected to carry %(customers)s customers until the repair: FLISR holds the fault off, has them known "
        "to be supplied, and leaves them alone"
    ),
    "island_insufficient": _(
        "%(machines)s cannot be relied on for %(customers)s customers until the repair, %(missing)s: it is parted, and switches "
        "supply them"
    ),
    "island_insufficient_by": _(
        "%(machines)s cannot be relied on for %(customers)s customers until the repair, %(missing)s: it is parted by "
        "%(switches)s, and switches supply them"
    ),
    "short": _("%(kw)s kW are missing in the worst hour"),
    "no_reserve": _("in the worst hour it makes less than %(reserve)s times what they take"),
    "too_little_history": _("its history is too short"),
    "island_parted": _("%(machines)s hung on the faulted section and is parted before anything is restored"),
    "island_parted_by": _(
        "%(machines)s hung on the faulted section and is parted by %(switches)s before anything is restored"
    ),
    "island_feeding": _(
        "%(machines)s feeds the faulted section, and no switch parts it: nothing is restored before it stops"
    ),
    # what a plan does
    "back": (
        ngettext_lazy(
            "%(customers)s of %(of)s customers back by %(switches)s switch, by remote control",
            "%(customers)s of %(of)s customers back by %(switches)s switches, all by remote control",
            "n",
        ),
        "switches",
    ),
    "back_by_hand": (
        ngettext_lazy(
            "%(customers)s of %(of)s customers back by %(switches)s switch, by hand",
            "%(customers)s of %(of)s customers back by %(switches)s switches, %(by_hand)s by hand",
            "n",
        ),
        "switches",
    ),
    "back_transfer": _("%(what)s; %(giver)s hands %(kw)s kW over to %(taker)s first"),
    "transfer_moves": (
        ngettext_lazy(
            "Load transfer: %(giver)s hands %(kw)s kW of %(customers)s customer over to %(taker)s, by %(tie)s and %(part)s. "
            "Both hang on one source and are joined for one step, so that nobody loses supply",
            "Load transfer: %(giver)s hands %(kw)s kW of %(customers)s customers over to %(taker)s, by %(tie)s and %(part)s. "
            "Both hang on one source and are joined for one step, so that nobody loses supply",
            "n",
        ),
        _CUSTOMERS,
    ),
    "transfer_only": _("Without it no safe plan of these switches brings anybody back"),
    "transfer_why": _("Without it no safe plan of these switches brings back more than %(customers)s customers"),
    "saves": _("Saves %(customer_minutes)s customer-minutes against waiting for the repair"),
    "critical_back": _("%(customers)s of %(of)s critical customers are back"),
    "wait_for_repair": (
        ngettext_lazy(
            "%(customers)s customer waits for the repair in the faulted section",
            "%(customers)s customers wait for the repair in the faulted section",
            "n",
        ),
        _CUSTOMERS,
    ),
    "left_alone": _("%(name)s is left alone: %(why)s"),
    "not_parted": (
        ngettext_lazy(
            "%(customers)s customer cannot be parted from the faulted section by the switches of this plan",
            "%(customers)s customers cannot be parted from the faulted section by the switches of this plan",
            "n",
        ),
        _CUSTOMERS,
    ),
    "shed": (
        ngettext_lazy(
            "%(customers)s healthy customer stays without supply, %(critical)s of them critical: "
            "the feeders around have no more to give",
            "%(customers)s healthy customers stay without supply, %(critical)s of them critical: "
            "the feeders around have no more to give",
            "n",
        ),
        _CUSTOMERS,
    ),
    "shed_by_hand": (
        ngettext_lazy(
            "%(customers)s healthy customer stays without supply, %(critical)s of them critical: "
            "a plan with more switches by hand brings %(others)s of them back",
            "%(customers)s healthy customers stay without supply, %(critical)s of them critical: "
            "a plan with more switches by hand brings %(others)s of them back",
            "n",
        ),
        _CUSTOMERS,
    ),
    "picks_up": _("%(name)s picks up %(kw)s kW"),
    "picks_up_of": _("%(name)s picks up %(kw)s kW of %(spare_kw)s kW it has to spare"),
    "lowest_voltage": _("Lowest voltage %(pu)s pu at %(name)s"),
    "highest_loading": _("Highest loading %(percent)s %% at %(name)s"),
    "excused": _("Out of limits, but no more than before: %(what)s"),
    "somebody_drives": _("Somebody drives to %(by_hand)s of %(of)s switches"),
}


class _Book(Phrasebook):
    def code_of(self, told: dict[str, Any]) -> str:
        code = super().code_of(told)
        return "beyond_more" if code == "beyond" and told.get("more") else code


_BOOK = _Book(_TEXTS, _PLACES)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str | None) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "picks_up_of", "name": "F 7", "kw": 120.4, "spare_kw": 800.0})
    'F 7 picks up 120 kW of 800 kW it has to spare'
    >>> said({"code": "stale", "names": ["SW 1", "SW 2"]}), said("as it was written"), said(None)
    ('the picture is stale: SW 1, SW 2', 'as it was written', '')
    """
    return _BOOK.said(told)


def plan(one: dict[str, Any]) -> dict[str, Any]:
    """A plan as an event keeps it, in words."""
    return one | {
        "summary": said(one["summary"]),
        "why_not": said(one["why_not"]),
        "reasons": [said(reason) for reason in one["reasons"]],
    }


def location(told: dict[str, Any]) -> dict[str, Any]:
    """Where a fault is, in words; as an event keeps it."""
    found = dict(told)
    if "reasons" in told:
        found["reasons"] = [said(reason) for reason in told["reasons"]]
    if first := told.get("look_first"):
        found["look_first"] = first | {"reasons": [said(reason) for reason in first.get("reasons", ())]}
    if "islands" in told:
        found["islands"] = [island | {"text": said(island["text"])} for island in told["islands"]]
    return found
