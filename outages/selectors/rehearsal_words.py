"""What a rehearsal found, and what a safety document still lacks, in the reader's language: words of the phrases kept with them.

A rehearsal of old keeps words; they, and the reasons of the power flow, are told as they are.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase
from outages.selectors import order_words

#: How grave a finding is.
SEVERITIES: dict[str, str | Promise] = {"note": _("note"), "warning": _("warning"), "error": _("error")}

#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    # what a step does
    "stands_so": _("%(device)s stands so already"),
    "joins_sources": _("%(device)s joins two sources"),
    "closes_loop": _("%(device)s closes a loop"),
    "lose_supply": (
        ngettext_lazy("%(customers)s customer loses supply", "%(customers)s customers lose supply", "n"),
        "customers",
    ),
    "critical_lose_supply": (
        ngettext_lazy(
            "%(customers)s critical customer loses supply", "%(customers)s critical customers lose supply", "n"
        ),
        "customers",
    ),
    "after": _("after %(steps)s: %(what)s"),
    "done_first": _("done first: %(what)s"),
    "group_too_large": (
        ngettext_lazy(
            "a group of more than %(most)s step is rehearsed in the written sequence only",
            "a group of more than %(most)s steps is rehearsed in the written sequence only",
            "n",
        ),
        "most",
    ),
    # why a step cannot be done
    "live_here": _("%(device)s is live here: the test would not find it dead"),
    "no_switch": _("%(device)s is no switch of this network"),
    "tagged": _("%(device)s carries a tag that blocks operating it"),
    "at_no_node": _("%(device)s is at no node of this network"),
    "far_end_at_no_node": _("the far end of the jumper at %(device)s is at no node of this network"),
    "ground_live": _("end %(end)s of %(device)s is live on %(phases)s: what is live is not earthed"),
    "onto_ground": _("it would energise onto %(ground)s: remove the ground first"),
    "out_of_step": _(
        "it would join what %(machine)s keeps alive with another source, out of step: part %(machine)s first"
    ),
    # why a switch stays otherwise than built
    "would_join": _("closing it would join two sources"),
    "would_ring": _("closing it would make a ring that nothing opens"),
    "would_take": (
        ngettext_lazy(
            "opening it would take supply from %(customers)s customer",
            "opening it would take supply from %(customers)s customers",
            "n",
        ),
        "customers",
    ),
    "time_over": _("the time was over"),
    # what speaks against the order
    "no_device": _("the step names no device"),
    "ground_untested": _("%(device)s is grounded without a test dead before"),
    "document_never": _("%(document)s could be issued after no step: %(lacking)s"),
    "uses_too": _("%(order)s uses %(devices)s in the same time"),
    "same_time": _("%(order)s is planned for the same time"),
    "no_crew": _("there is no crew %(crew)s"),
    "crew_off": _("%(crew)s is not on shift now"),
    "crew_busy": _("%(crew)s is on %(jobs)s now"),
    "crew_taken": _("%(crew)s is wanted by %(orders)s in the same time"),
    "no_step": _("the order has no step"),
    "beyond_scope": (
        ngettext_lazy(
            "%(customers)s customer loses supply, %(known)s are known to the planned outage",
            "%(customers)s customers lose supply, %(known)s are known to the planned outage",
            "n",
        ),
        "customers",
    ),
    "left_out": (
        ngettext_lazy(
            "%(customers)s customer is still out when all steps are done",
            "%(customers)s customers are still out when all steps are done",
            "n",
        ),
        "customers",
    ),
    "no_window": _("a planned order needs a window"),
    # what the power flow says
    "no_solution": _("after %(device)s: %(why)s"),
    "violation": _("%(kind)s at %(place)s: %(value)s against %(limit)s"),
    "violation_and": (
        ngettext_lazy(
            "%(kind)s at %(place)s: %(value)s against %(limit)s, and %(more)s more",
            "%(kind)s at %(place)s: %(value)s against %(limit)s, and %(more)s more",
            "n",
        ),
        "more",
    ),
    "kind_voltage_low": _("voltage too low"),
    "kind_voltage_high": _("voltage too high"),
    "kind_overload": _("overload"),
    "out_of_time": _("the time for the power flow was over"),
    "nothing_supplied": _("nothing of what it is about has supply"),
    "no_flow": _("the power flow has no solution"),
    "unsolved": _(
        "the network it works on has moved since the rehearsal, or that is too old, and no figures are known of the state "
        "%(state)s: rehearse it anew"
    ),
    "unsolved_and": (
        ngettext_lazy(
            "the network it works on has moved since the rehearsal, or that is too old, and no figures are known of the state "
            "%(state)s, and of %(more)s more: rehearse it anew",
            "the network it works on has moved since the rehearsal, or that is too old, and no figures are known of the state "
            "%(state)s, and of %(more)s more: rehearse it anew",
            "n",
        ),
        "more",
    ),
    "after_step": _("after step %(step)s"),
    "before_first": _("before the first step"),
    # what a safety document lacks
    "not_open": _("%(device)s is not open"),
    "no_tag": _("%(device)s carries no tag"),
    "point_missing": _("with every other switch closed %(equipment)s would be live: a point is missing"),
    "not_tested": _("nothing was tested dead"),
    "not_grounded": _("%(equipment)s is not grounded"),
    "end_not_grounded": _("%(equipment)s is not grounded at its end %(end)s"),
    "nothing_grounded": _("nothing is grounded"),
    # a step
    "at_device": _("%(kind)s %(device)s"),
    **{f"do_{code}": text for code, text in order_words.STEP_KINDS.items()},
}

_BOOK = Phrasebook(_TEXTS)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "lose_supply", "customers": 1}), said("as it was found")
    ('1 customer loses supply', 'as it was found')
    """
    return _BOOK.said(told)


def rehearsal(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A rehearsal as it is kept, told in the reader's language; empty where there is none."""
    if not kept:
        return {}
    return {
        **kept,
        "before": _flow(kept["before"]),
        "steps": [
            one | {"problem": said(one.get("problem_told") or one["problem"]), "flow": _flow(one["flow"])}
            for one in kept["steps"]
        ],
        "findings": [one | {"text": finding(one)} for one in kept["findings"]],
    }


def finding(one: Mapping[str, Any]) -> str:
    """What a finding that is kept says."""
    return said(one.get("told") or one["text"])


def _flow(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {**kept, "reason": said(kept.get("reason_told") or kept["reason"])}
