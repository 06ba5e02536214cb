"""An explanation in words: sentences, each with what a page needs to open the evidence and the threshold behind it.

>>> from outages.domain.prediction.explanation import Check, Explanation
>>> why = Explanation("device", "F1", 7, 40, 3, evidence=(11, 12), checks=(Check("fraction", 2 / 3, 0.3, True, of=3),))
>>> for sentence in explain(why): print(sentence.key, "|", sentence.text)
verdict | F1 is predicted open: 40 customers at 3 transformers, from 2 reports.
fraction | That is 66.7 % of them; the rule asks for 30 %.
source | Nothing is above it: the climb went as far as it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.domain import phases as ph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from outages.domain.prediction.explanation import Candidate, Check, Device, Explanation


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
        yield Sentence(check.key, _condition(check, name_of), told, check, why.device)
    yield from _stop(why, name_of)
    for other in why.alternatives:
        worst = other.failed[0] if other.failed else None
        evidence = worst.evidence if worst is not None and worst.key == "live" else other.evidence
        yield Sentence("alternative", _alternative(other, worst, name_of), evidence, worst, other.device)


def _verdict(why: Explanation, name_of: Callable[[Device], str]) -> str:
    name, reports = name_of(why.device), counted(len(why.evidence), "report")
    on_phases = "" if why.phases & ph.ABC == ph.ABC else f" on phase {ph.text(why.phases & ph.ABC)}"
    extent = f"{counted(why.customers, 'customer')} at {counted(why.transformers, 'transformer')}"
    if why.kind == "single":
        return f"A single service at {name} is predicted out{on_phases}, from {reports}."
    if why.confidence == "confirmed":
        lie = "lies" if len(why.evidence) == 1 else "lie"
        return f"{name} is open{on_phases}: {extent}; {reports} {lie} below it."
    state = "out" if why.kind == "transformer" else "open"
    return f"{name} is predicted {state}{on_phases}: {extent}, from {reports}."


def _condition(check: Check, name_of: Callable[[Device], str]) -> str:
    if check.key == "live":
        return _live(check, name_of)
    if check.key == "indicator":
        return _indicator(check, name_of)
    if check.key in _PIECES:
        return _piece(check, name_of)
    value, threshold = _number(check.value), _number(check.threshold)
    whole = "" if check.of is None else f" of {_number(check.of)}"
    return {
        "opened": "It is known to be open; no threshold is asked.",
        "closed": "Its telemetry says it is closed." if check.value else "Its telemetry does not say it is closed.",
        "transformers": f"{value}{whole} transformers below it have reports; the rule asks for {threshold}.",
        "fraction": f"That is {_percent(check.value)} of them; the rule asks for {_percent(check.threshold)}.",
        "branches": f"Reports lie under {counted(check.value, 'direct branch', 'es')} of it; the rule asks for {threshold}.",
        "customer_share": f"{_percent(check.value)} of its customers reported; the rule asks for {_percent(check.threshold)}.",
        "reports": f"{counted(check.value, 'report')} at this transformer; {threshold} predict the whole transformer.",
        "likelihood": f"Together {check.value:+.1f}; the best reading by what is below it {check.threshold:+.1f}: "
        f"a margin of {check.value - check.threshold:+.1f} (logarithms of likelihood).",
    }[check.key]


#: Pieces of a likelihood, and how each is told: {n} things, {share} is the learned rate.
_PIECES = {
    "calls": ("{n} call{s} speak for it", "{share} of the customers without supply are taken to call"),
    "gasps": ("{n} last gasp{s} speak for it", "{share} of the meters without supply are taken to get theirs through"),
    "crews": ("{n} word{s} of a crew speak for it", ""),
    "pings": ("{n} meter{s} without answer speak for it", ""),
    "no_calls": (
        "{n} customer{s} below it who did not call speak against it",
        "as far as they would have called by now",
    ),
    "no_gasps": ("{n} meter{s} below it without a last gasp speak against it", ""),
    "operated": ("{n} fault indicator{s} at it or above saw the fault's current, at {names}", ""),
    "silent": ("{n} fault indicator{s} at it or above saw no fault's current, at {names}", ""),
    "price": ("One more open device has its price", ""),
}


def _piece(check: Check, name_of: Callable[[Device], str]) -> str:
    what, because = _PIECES[check.key]
    number = check.of or 0.0
    text = what.format(n=_number(round(number, 1)), s="" if number == 1 else "s", names=_names(check, name_of))
    share = _percent(check.rate) if check.rate is not None else ""
    because = because.format(share=share)
    return f"{text}: {check.value:+.1f}{f' ({because})' if because else ''}."


def _indicator(check: Check, name_of: Callable[[Device], str]) -> str:
    share = _percent(check.threshold)
    if check.value:
        return f"The nearest fault indicator, at {_names(check, name_of)}, saw the fault's current: {share} of them are enough."
    return f"The nearest fault indicator, at {_names(check, name_of)}, saw no fault's current: {share} of them are asked for."


def _live(check: Check, name_of: Callable[[Device], str]) -> str:
    if not check.value:
        return "Nothing at or below it is known to be live."
    effect = "so only the other phases can be out" if check.passed else "so it cannot be out"
    return f"Supply is known to be on at {_names(check, name_of)}, {effect}."


def _names(check: Check, name_of: Callable[[Device], str]) -> str:
    names = list(dict.fromkeys(name_of(device) for device in check.devices))
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _stop(why: Explanation, name_of: Callable[[Device], str]) -> Iterator[Sentence]:
    if why.confidence == "confirmed":
        return
    if why.stopped_by is None:
        yield Sentence("source", "Nothing is above it: the climb went as far as it can.", (), None, why.device)
        return
    above = why.stopped_by
    for check in above.failed:
        evidence = check.evidence if check.key == "live" else above.evidence
        text = f"The climb stopped below {name_of(above.device)}: {_lower(_condition(check, name_of))}"
        yield Sentence("stopped", text, evidence, check, above.device)


def _alternative(other: Candidate, check: Check | None, name_of: Callable[[Device], str]) -> str:
    score = f"{_number(other.reported)} of {counted(other.transformers, 'transformer')} with reports ({_percent(other.share)})"
    if check is None:
        return f"Also weighed, {other.relation}: {name_of(other.device)}, {score}; a larger device explains it as well."
    return f"Also weighed, {other.relation}: {name_of(other.device)}, {score}; not chosen: {_lower(_condition(check, name_of))}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def counted(number: float, noun: str, plural: str = "s") -> str:
    """A number with its noun.

    >>> counted(1, "report"), counted(1200, "report")
    ('1 report', '1200 reports')
    """
    return f"{_number(number)} {noun}{'' if number == 1 else plural}"


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + " %"
