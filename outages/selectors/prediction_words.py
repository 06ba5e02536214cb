"""An explanation in the reader's words: sentences, each with what a page needs to open the evidence and the threshold behind it.

What is stored is the explanation as data; it is told anew each time it is shown.

>>> from outages.domain.prediction.explanation import Check, Explanation
>>> why = Explanation("device", "F1", 7, 40, 3, evidence=(11, 12), checks=(Check("fraction", 2 / 3, 0.3, True, of=3),))
>>> for sentence in explain(why): print(sentence.key, "|", sentence.text)
verdict | F1 is predicted open: 40 customers at 3 transformers, from 2 reports.
fraction | That is 66.7 % of them; the rule asks for 30 %.
source | Nothing is above it: the climb went as far as it can.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from network.domain import phases as ph
from outages.domain.prediction.explanation import Candidate, Check, Device, Explanation
from outages.domain.verdicts import Margin

#: So many devices are named in a sentence.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of an explanation.

    Attributes:
        key: what it tells: "verdict", a condition, "stopped", "source" or "alternative".
        text: the words.
        evidence: ids of the reports or answers behind it.
        check: the value and threshold behind it, if it tells of one.
        device: the device it speaks of.
    """

    key: str
    text: str
    evidence: tuple[int, ...]
    check: Check | None
    device: Device


def explain(explanation: Explanation, name_of: Callable[[Device], str] = str) -> list[Sentence]:
    """The explanation as sentences, the verdict first."""
    return list(_sentences(explanation, name_of))


def _sentences(why: Explanation, name_of: Callable[[Device], str]) -> Iterator[Sentence]:
    yield Sentence("verdict", _verdict(why, name_of), why.evidence, None, why.device)
    for check in why.checks:
        told = why.evidence if check.key not in {"live", "opened"} else check.evidence
        yield Sentence(check.key, capfirst(condition(check, name_of)), told, check, why.device)
    yield from _stop(why, name_of)
    for other in why.alternatives:
        worst = other.failed[0] if other.failed else None
        evidence = worst.evidence if worst is not None and worst.key == "live" else other.evidence
        yield Sentence("alternative", _alternative(other, worst, name_of), evidence, worst, other.device)


#: The verdict by what is told of and whether all its phases are out.
_VERDICTS = {
    ("single", True): gettext_lazy("A single service at %(name)s is predicted out, from %(reports)s."),
    ("single", False): gettext_lazy(
        "A single service at %(name)s is predicted out on phase %(phases)s, from %(reports)s."
    ),
    ("out", True): gettext_lazy("%(name)s is predicted out: %(customers)s at %(transformers)s, from %(reports)s."),
    ("out", False): gettext_lazy(
        "%(name)s is predicted out on phase %(phases)s: %(customers)s at %(transformers)s, from %(reports)s."
    ),
    ("open", True): gettext_lazy("%(name)s is predicted open: %(customers)s at %(transformers)s, from %(reports)s."),
    ("open", False): gettext_lazy(
        "%(name)s is predicted open on phase %(phases)s: %(customers)s at %(transformers)s, from %(reports)s."
    ),
    ("known", True): ngettext_lazy(
        "%(name)s is open: %(customers)s at %(transformers)s; %(reports)s lies below it.",
        "%(name)s is open: %(customers)s at %(transformers)s; %(reports)s lie below it.",
        "n",
    ),
    ("known", False): ngettext_lazy(
        "%(name)s is open on phase %(phases)s: %(customers)s at %(transformers)s; %(reports)s lies below it.",
        "%(name)s is open on phase %(phases)s: %(customers)s at %(transformers)s; %(reports)s lie below it.",
        "n",
    ),
}


def _verdict(why: Explanation, name_of: Callable[[Device], str]) -> str:
    if why.kind == "single":
        what = "single"
    elif why.confidence == "confirmed":
        what = "known"
    else:
        what = "out" if why.kind == "transformer" else "open"
    shown = {
        "name": name_of(why.device),
        "phases": ph.text(why.phases & ph.ABC),
        "customers": customers(why.customers),
        "transformers": _transformers(why.transformers),
        "reports": reports(len(why.evidence)),
        "n": len(why.evidence),
    }
    return str(_VERDICTS[what, why.phases & ph.ABC == ph.ABC] % shown)


#: Conditions of the rules, as they stand within a sentence.
_CONDITIONS: dict[str, Any] = {
    "opened": gettext_lazy("it is known to be open; no threshold is asked."),
    "transformers": gettext_lazy("%(value)s transformers below it have reports; the rule asks for %(threshold)s."),
    "fraction": gettext_lazy("that is %(share)s of them; the rule asks for %(share_asked)s."),
    "branches": ngettext_lazy(
        "reports lie under %(value)s direct branch of it; the rule asks for %(threshold)s.",
        "reports lie under %(value)s direct branches of it; the rule asks for %(threshold)s.",
        "n",
    ),
    "customer_share": gettext_lazy("%(share)s of its customers reported; the rule asks for %(share_asked)s."),
    "reports": ngettext_lazy(
        "%(value)s report at this transformer; %(threshold)s predict the whole transformer.",
        "%(value)s reports at this transformer; %(threshold)s predict the whole transformer.",
        "n",
    ),
    "likelihood": gettext_lazy(
        "together %(gain)s; the best reading by what is below it %(rival)s: a margin of %(margin)s (logarithms of likelihood)."
    ),
}

#: Pieces of a likelihood: what speaks for or against it, and why it weighs what it does.
_PIECES: dict[str, tuple[Any, Any]] = {
    "calls": (
        ngettext_lazy("%(number)s call speaks for it", "%(number)s calls speak for it", "n"),
        gettext_lazy("%(share)s of the customers without supply are taken to call"),
    ),
    "gasps": (
        ngettext_lazy("%(number)s last gasp speaks for it", "%(number)s last gasps speak for it", "n"),
        gettext_lazy("%(share)s of the meters without supply are taken to get theirs through"),
    ),
    "crews": (
        ngettext_lazy("%(number)s word of a crew speaks for it", "%(number)s words of a crew speak for it", "n"),
        "",
    ),
    "pings": (
        ngettext_lazy(
            "%(number)s meter without answer speaks for it", "%(number)s meters without answer speak for it", "n"
        ),
        "",
    ),
    "no_calls": (
        ngettext_lazy(
            "%(number)s customer below it who did not call speaks against it",
            "%(number)s customers below it who did not call speak against it",
            "n",
        ),
        gettext_lazy("as far as they would have called by now"),
    ),
    "no_gasps": (
        ngettext_lazy(
            "%(number)s meter below it without a last gasp speaks against it",
            "%(number)s meters below it without a last gasp speak against it",
            "n",
        ),
        "",
    ),
    "operated": (
        ngettext_lazy(
            "%(number)s fault indicator at it or above saw the fault's current, at %(names)s",
            "%(number)s fault indicators at it or above saw the fault's current, at %(names)s",
            "n",
        ),
        "",
    ),
    "silent": (
        ngettext_lazy(
            "%(number)s fault indicator at it or above saw no fault's current, at %(names)s",
            "%(number)s fault indicators at it or above saw no fault's current, at %(names)s",
            "n",
        ),
        "",
    ),
    "price": (gettext_lazy("one more open device has its price"), ""),
}


def condition(check: Check, name_of: Callable[[Device], str] = str) -> str:
    """What was counted, against what was asked for; as it stands within a sentence."""
    if check.key == "live":
        return _live(check, name_of)
    if check.key == "closed":
        return _("its telemetry says it is closed.") if check.value else _("its telemetry does not say it is closed.")
    if check.key == "indicator":
        return _indicator(check, name_of)
    if check.key in _PIECES:
        return _piece(check, name_of)
    shown = {
        "value": _number(check.value) if check.of is None else _of(check.value, check.of),
        "threshold": _number(check.threshold),
        "share": _percent(check.value),
        "share_asked": _percent(check.threshold),
        "gain": _signed(check.value),
        "rival": _signed(check.threshold),
        "margin": _signed(check.value - check.threshold),
        "n": _plural(check.value),
    }
    return str(_CONDITIONS[check.key] % shown)


def _piece(check: Check, name_of: Callable[[Device], str]) -> str:
    what, because = _PIECES[check.key]
    number = check.of or 0.0
    shown = {"number": _number(round(number, 1)), "names": _names(check, name_of), "n": _plural(number)}
    told = {"what": what % shown, "weight": _signed(check.value)}
    if not because:
        return _("%(what)s: %(weight)s.") % told
    share = "" if check.rate is None else _percent(check.rate)
    return _("%(what)s: %(weight)s (%(because)s).") % (told | {"because": because % {"share": share}})


def _indicator(check: Check, name_of: Callable[[Device], str]) -> str:
    shown = {"names": _names(check, name_of), "share": _percent(check.threshold)}
    if check.value:
        return (
            _("the nearest fault indicator, at %(names)s, saw the fault's current: %(share)s of them are enough.")
            % shown
        )
    return (
        _("the nearest fault indicator, at %(names)s, saw no fault's current: %(share)s of them are asked for.") % shown
    )


def _live(check: Check, name_of: Callable[[Device], str]) -> str:
    if not check.value:
        return _("nothing at or below it is known to be live.")
    shown = {"names": _names(check, name_of)}
    if check.passed:
        return _("supply is known to be on at %(names)s, so only the other phases can be out.") % shown
    return _("supply is known to be on at %(names)s, so it cannot be out.") % shown


def _names(check: Check, name_of: Callable[[Device], str]) -> str:
    names = list(dict.fromkeys(name_of(device) for device in check.devices))
    told = ", ".join(names[:NAMED])
    return (
        _("%(names)s and %(more)s more") % {"names": told, "more": len(names) - NAMED} if len(names) > NAMED else told
    )


def _stop(why: Explanation, name_of: Callable[[Device], str]) -> Iterator[Sentence]:
    if why.confidence == "confirmed":
        return
    if why.stopped_by is None:
        yield Sentence("source", _("Nothing is above it: the climb went as far as it can."), (), None, why.device)
        return
    above = why.stopped_by
    for check in above.failed:
        evidence = check.evidence if check.key == "live" else above.evidence
        shown = {"name": name_of(above.device), "why": condition(check, name_of)}
        yield Sentence("stopped", _("The climb stopped below %(name)s: %(why)s") % shown, evidence, check, above.device)


def _alternative(other: Candidate, check: Check | None, name_of: Callable[[Device], str]) -> str:
    shown = {
        "relation": _("above") if other.relation == "above" else _("below"),
        "name": name_of(other.device),
        "score": ngettext(
            "%(reported)s of %(transformers)s transformer with reports (%(share)s)",
            "%(reported)s of %(transformers)s transformers with reports (%(share)s)",
            other.transformers,
        )
        % {
            "reported": _number(other.reported),
            "transformers": _number(other.transformers),
            "share": _percent(other.share),
        },
    }
    if check is None:
        return _("Also weighed, %(relation)s: %(name)s, %(score)s; a larger device explains it as well.") % shown
    shown["why"] = condition(check, name_of)
    return _("Also weighed, %(relation)s: %(name)s, %(score)s; not chosen: %(why)s") % shown


def reports(number: int) -> str:
    """So many reports.

    >>> reports(1), reports(1200)
    ('1 report', '1200 reports')
    """
    return ngettext("%(n)s report", "%(n)s reports", number) % {"n": number}


def customers(number: int) -> str:
    """So many customers."""
    return ngettext("%(n)s customer", "%(n)s customers", number) % {"n": number}


def _transformers(number: int) -> str:
    return ngettext("%(n)s transformer", "%(n)s transformers", number) % {"n": number}


#: What a margin was held against.
_NEAREST = {
    "transformers": gettext_lazy("nearest threshold: transformers with reports, %(value)s where %(asked)s is asked"),
    "fraction": gettext_lazy("nearest threshold: share of transformers, %(value)s where %(asked)s is asked"),
    "branches": gettext_lazy("nearest threshold: branches with reports, %(value)s where %(asked)s is asked"),
    "customer_share": gettext_lazy("nearest threshold: share of customers, %(value)s where %(asked)s is asked"),
    "reports": gettext_lazy("nearest threshold: reports at the transformer, %(value)s where %(asked)s is asked"),
}


def margin(found: Margin) -> str:
    """How clear a verdict is.

    >>> margin(Margin("fraction", 0.5, 0.3))
    'nearest threshold: share of transformers, 50 % where 30 % is asked'
    """
    if found.condition == "likelihood":
        return _("%(over)s over the best reading by what is below (logarithms of likelihood)") % {
            "over": f"{found.over:.1f}"
        }
    as_text = _whole_percent if found.condition in {"fraction", "customer_share"} else _number
    shown = {"value": as_text(found.value), "asked": as_text(found.threshold)}
    return str(_NEAREST[found.condition] % shown)


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"


def _of(value: float, whole: float) -> str:
    return _("%(value)s of %(whole)s") % {"value": _number(value), "whole": _number(whole)}


def _plural(value: float) -> int:
    """The number that chooses between one and many: a part of one is many."""
    return int(value) if float(value).is_integer() else 2


def _signed(value: float) -> str:
    return f"{value:+.1f}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def _whole_percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
