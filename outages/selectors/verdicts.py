"""What each engine says of an outage from the evidence as it stands now; nothing is written, and nothing moves."""

import dataclasses
import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from numpy.typing import NDArray

from network.domain import phases as ph
from network.selectors import equipment, state
from outages.domain import lifecycle, rule_sets
from outages.domain import verdicts as arithmetic
from outages.domain.prediction import engine
from outages.domain.prediction.engine import Prediction
from outages.domain.prediction.evidence import Evidence
from outages.domain.rule_sets import InForce
from outages.domain.verdicts import Believed, Margin
from outages.models import Outage
from outages.selectors import known_evidence, learned, outages, pool, prediction_words, trees
from outages.selectors import rule_sets as chosen_rules
from outages.selectors.runs import Region
from outages.selectors.trees import Devices

#: Of a verdict that sees many outages in the reports of one so many are told.
SHOWN = 10
#: What engines are called in a sentence.
IN_WORDS = {"rules": gettext_lazy("The rule engine"), "likelihood": gettext_lazy("The likelihood engine")}


@dataclass(frozen=True, slots=True)
class Found:
    """One outage an engine sees in the reports.

    Attributes:
        believed: kind, device (mRID), phases, customers by the model.
        device_name: as people call it.
        branch: of the device in the grid, None where it is none.
        shared: how many of the outage's own reports it explains.
        reports: how many it explains altogether.
        margin: how clear it is.
        sentences: why.
    """

    believed: Believed
    device_name: str
    branch: int | None
    shared: int
    reports: int
    margin: Margin | None
    sentences: list[outages.Sentence]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one engine says; `found` those that explain most of the outage's reports first, `total` of them."""

    engine: str
    acts: bool
    differences: list[str]
    found: list[Found]
    total: int

    @property
    def agrees(self) -> bool:
        """Whether it takes the outage for what it is taken for."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Both engines on one outage.

    Attributes:
        rules: the set in force in the area of the source, whose engine acts.
        reports: open reports of the outage both were given.
        nothing: why there is nothing to weigh; empty where there is.
        all: the one that acts first.
    """

    rules: InForce
    reports: int
    nothing: str = ""
    all: list[Verdict] = field(default_factory=list)

    @property
    def other(self) -> Verdict | None:
        """The engine that does not act."""
        return next((one for one in self.all if not one.acts), None)


def of(found: Outage, at: dt.datetime) -> Verdicts:
    """Ask every engine about the outage: by the numbers of its area's rule set, over the reports that are its own or free.

    A confirmed outage is judged as if nobody had seen its device open: what would the reports alone have told?
    """
    sets = chosen_rules.in_force()
    if found.state not in lifecycle.RUNNING:
        return Verdicts(sets.of(found.area_id), 0, _("It is over: its reports are settled."))
    if found.model_key not in state.models():
        return Verdicts(sets.of(found.area_id), 0, _("Its network is not operated any more."))
    whole = trees.current(state.present(found.model_key))
    roots = whole.roots(np.array([found.node]))
    if not roots.size:
        return Verdicts(sets.of(found.area_id), 0, _("Its place hangs on no source now: no engine can judge it."))
    rules = sets.of(trees.areas_of(whole, roots).get(int(roots[0]), found.area_id))
    devices = whole.within(roots)
    own, known = _evidence(devices, whole.region(roots), found)
    if not own.size:
        return Verdicts(rules, 0, _("None of its reports is open: nothing is left to weigh."))
    order = sorted(rule_sets.ENGINES, key=lambda name: name != rules.engine)
    told = []
    for name in order:
        choose = learned.chooser(whole, sets, rules, at, name)
        made = engine.predict(devices.tree, known, rules.rules, choose, at=at.timestamp())
        told.append(_verdict(name, rules, devices, made, own, found))
    return Verdicts(rules, own.size, "", told)


def _evidence(devices: Devices, region: Region, found: Outage) -> tuple[NDArray[np.int64], Evidence]:
    """The outage's own reports, by number, and everything an engine would be given in its tree."""
    going = Outage.objects.filter(model_key=found.model_key, state__in=lifecycle.RUNNING)
    movable = {*going.filter(confidence="predicted").values_list("pk", flat=True), found.pk}
    reports = pool.dark(found.model_key, sorted(movable), region)
    placed = reports.take(devices.at_nodes(reports.node) >= 0)
    own = placed.id[placed.outage == found.pk]
    others = list(going.filter(confidence="confirmed").exclude(pk=found.pk).defer("explanation"))
    return own, known_evidence.of(devices, placed, region, others)


def _verdict(
    name: str,
    rules: InForce,
    devices: Devices,
    made: list[Prediction],
    own: NDArray[np.int64],
    found: Outage,
) -> Verdict:
    """What an engine made of the tree, as far as it is about the outage's own reports."""
    shared = [int(np.isin(own, one.evidence).sum()) for one in made]
    about = sorted((pair for pair in zip(shared, made, strict=True) if pair[0]), key=lambda pair: -pair[0])
    mrids = {devices.mrid(one.device) for _, one in about[:SHOWN]}
    names = dict(equipment.published(found.model_key).filter(mrid__in=mrids).values_list("mrid", "name"))
    told = [_found(devices, one, count, names) for count, one in about[:SHOWN]]
    taken = Believed(
        "single" if found.kind == "single" else "outage", found.device_mrid, found.phases, found.customers_out
    )
    differences = arithmetic.differences(taken, [one.believed for one in told])
    return Verdict(name, name == rules.engine, differences, told, len(about))


def _found(devices: Devices, made: Prediction, shared: int, names: dict[str, str]) -> Found:
    mrid, why = devices.mrid(made.device), made.explanation
    branch = int(devices.places.branch[made.device])
    kind = "single" if made.kind == "single" else "outage"
    return Found(
        Believed(kind, mrid, made.phases & ph.ABC, made.customers),
        names.get(mrid, mrid),
        branch if branch >= 0 else None,
        shared,
        len(made.evidence),
        arithmetic.margin(why),
        outages.sentences(why.to_json(devices.mrid)),
    )


def in_words(told: Verdicts, one: Verdict, found: Outage) -> str:
    """Whether an engine agrees with what the outage is taken for, in one or two sentences."""
    shown: dict[str, object] = {
        "engine": IN_WORDS[one.engine],
        "taken": found.device_name,
        "reports": prediction_words.reports(told.reports),
    }
    if one.agrees:
        return _("%(engine)s agrees: %(taken)s, from the same %(reports)s.") % shown
    if not one.found:
        return _("%(engine)s sees no outage in these %(reports)s.") % shown
    first = one.found[0]
    shown |= {"device": first.device_name, "phases": ph.text(first.believed.phases)}
    words = {"what": _differing(one, first) % shown, "more": one.total - 1, "extent": _explained(told, first)}
    if one.total > 1:
        return _("%(what)s, and %(more)s more, from %(extent)s.") % words
    return _("%(what)s, from %(extent)s.") % words


def _differing(one: Verdict, first: Found) -> str:
    """What an engine says against what the outage is taken for: words with places."""
    is_single = first.believed.kind == "single"
    if one.differences == ["number"]:
        return _("%(engine)s agrees on %(taken)s, but takes some of its reports for something else")
    if "device" not in one.differences and "kind" in one.differences:
        if is_single:
            return _("%(engine)s takes one service for out, not all of %(device)s")
        return _("%(engine)s takes all of %(device)s for out, not one service")
    if one.differences[:1] == ["phases"]:
        if is_single:
            return _("%(engine)s takes a single service at %(device)s for open on phase %(phases)s only")
        return _("%(engine)s takes %(device)s for open on phase %(phases)s only")
    if is_single:
        return _("%(engine)s says a single service at %(device)s, not %(taken)s")
    return _("%(engine)s says %(device)s, not %(taken)s")


def _explained(told: Verdicts, first: Found) -> str:
    """How many of the outage's reports are explained."""
    if first.shared == told.reports > 1:
        return ngettext("all %(n)s report", "all %(n)s reports", told.reports) % {"n": told.reports}
    words = ngettext("%(shared)s of %(n)s report", "%(shared)s of %(n)s reports", told.reports)
    return words % {"shared": first.shared, "n": told.reports}


def as_json(told: Verdicts, found: Outage) -> list[dict[str, object]]:
    """The verdicts as REST tells them."""
    return [
        {
            "engine": one.engine,
            "acts": one.acts,
            "agrees": one.agrees,
            "differences": one.differences,
            "text": in_words(told, one, found),
            "total": one.total,
            "predictions": [_as_json(made) for made in one.found],
        }
        for one in told.all
    ]


def _as_json(made: Found) -> dict[str, object]:
    return {
        "kind": made.believed.kind,
        "device": made.believed.device,
        "device_name": made.device_name,
        "phases": ph.text(made.believed.phases),
        "customers": made.believed.customers,
        "reports": made.reports,
        "shared": made.shared,
        "margin": None
        if made.margin is None
        else dataclasses.asdict(made.margin) | {"text": prediction_words.margin(made.margin)},
        "explanation": [
            {name: getattr(s, name) for name in ("key", "text", "value", "threshold", "passed", "evidence")}
            for s in made.sentences
        ],
    }
